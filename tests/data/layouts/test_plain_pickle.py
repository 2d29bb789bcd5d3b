import os
import pickle
import pickletools
import struct

import numpy as np
import pytest

from keras_attmask.data.layouts.plain_pickle import read_plain_pickle
from keras_attmask.errors import InputError

ROWS = np.arange(6).reshape(2, 3)
PLAIN = {
    "easy": [ROWS, ROWS.T, ROWS.astype(">f4"), np.array([], "int64")],
    "bbx": [1.5, np.float64(2.5), np.int32(-3), True, None],
    "names": ("a", "b\xe9"),
}


def written(tmp_path, data):
    path = tmp_path / "truth.pkl"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_comes_back(tmp_path, protocol):
    data = pickle.dumps(PLAIN, protocol)
    found = read_plain_pickle(written(tmp_path, data))
    assert found["bbx"] == PLAIN["bbx"] and found["names"] == PLAIN["names"]
    for array, expected in zip(found["easy"], PLAIN["easy"]):
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected)


def test_an_array_of_python_2(tmp_path):
    # As Python 2 wrote it: the numbers are a string of bytes.
    numbers = struct.pack("<3q", 5, 200, -1)
    data = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x03\x85cnumpy\ndtype\nU\x02i8K\x00K\x01"
        b"\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"U" + bytes([len(numbers)]) + numbers + b"tb."
    )
    assert list(pickletools.genops(data))[-1][0].name == "STOP"
    found = read_plain_pickle(written(tmp_path, data))
    assert found.tolist() == [5, 200, -1]


class _Calls:
    """A program in a pickle."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    "data, words",
    [
        (_Calls(os.system, "touch was_here"), "system"),
        (_Calls(eval, "1"), "builtins.eval"),
        (_Calls(bytes, 10**12), "takes"),
        (np.array([1, None]), "numpy.dtype of 'O8'"),
        (np.array(["a"]), "numpy.dtype of 'U1'"),
        (np.zeros(2, "M8[s]"), "numpy.dtype of 'M8'"),
        (pickle.Pickler, "Pickler"),
        ({1, 2}, "a set"),
        (1j, "complex"),
    ],
)
def test_all_else_is_refused(tmp_path, monkeypatch, data, words):
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, pickle.dumps(data))
    with pytest.raises(InputError, match="^data: expected .*truth.pkl") as e:
        read_plain_pickle(path)
    assert words in str(e.value) and "\n" not in str(e.value)
    assert not (tmp_path / "was_here").exists()


def test_functions_cannot_be_changed(tmp_path):
    # BUILD: state for what stands for numpy.dtype.
    for state in (b"}U\x04nameI1\ns", b"N}U\x09_functionNs\x86"):
        path = written(tmp_path, b"\x80\x02cnumpy\ndtype\n" + state + b"b.")
        with pytest.raises(InputError, match="state for a function"):
            read_plain_pickle(path)
    test_plain_data_comes_back(tmp_path, 4)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no pickle",
        pickle.dumps(PLAIN)[:-20],
        pickle.dumps(ROWS, 4).replace(b"K\x02K\x03", b"K\x02K\x04"),
        # A list that holds itself.
        b"\x80\x02]q\x00h\x00a.",
    ],
)
def test_broken_files_are_named(tmp_path, data):
    with pytest.raises(InputError, match="^data: .*truth.pkl") as error:
        read_plain_pickle(written(tmp_path, data))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="^data: .*none.pkl"):
        read_plain_pickle(tmp_path / "none.pkl")
