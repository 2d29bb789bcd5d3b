import io
import pickle

import numpy as np
import pytest

from keras_attmask.convert import safe_pickle
from keras_attmask.convert.safe_pickle import SafeUnpickler
from keras_attmask.convert.tensor import Storage
from keras_attmask.convert.tensor import Tensor
from keras_attmask.errors import InputError

REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def load(data):
    def open_storage(dtype, key, length):
        return Storage(dtype, length, lambda: bytes(4 * length))

    return SafeUnpickler(io.BytesIO(data), open_storage).load()


def tensor(*arguments):
    """Opcodes of a tensor on a storage of four numbers."""
    storage = b"(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI4\ntQ"
    return REBUILD + b"(" + storage + b"".join(arguments) + b"tR"


PLAIN = tensor(b"I0\n", b"(I2\nI2\nt", b"(I2\nI1\nt")


def test_a_tensor_written_by_hand():
    assert load(PLAIN + b".").array().tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    "arguments",
    [
        (b"I1\n", b"(I2\nI2\nt", b"(I2\nI1\nt"),  # one beyond the end
        (b"I0\n", b"(I2\nI2\nt", b"(I3\nI1\nt"),
        (b"I-1\n", b"(I2\nI2\nt", b"(I2\nI1\nt"),  # before the start
        (b"I0\n", b"(I2\nI2\nt", b"(I-2\nI1\nt"),
        (b"I0\n", b"(I3\nI3\nt", b"(I0\nI0\nt"),  # larger than its storage
        (b"I0\n", b"(I2\nt", b"(I2\nI1\nt"),
        (b"I0\n", b"(S'a'\nt", b"(I1\nt"),
        (b"I0\n", b"(F2.0\nt", b"(I1\nt"),
    ],
)
def test_a_view_beyond_its_storage_is_refused(arguments):
    found = load(tensor(*arguments) + b".")
    with pytest.raises(InputError, match="tensor w: "):
        found.array("w")


@pytest.mark.parametrize(
    "data",
    [
        REBUILD + b"(dS'x'\nI1\nsb.",  # state for a function
        PLAIN + b"(dS'offset'\nI99\nsb.",  # state for a tensor
        b"cargparse\nNamespace\n)RI1\nb.",
        b"ctorch\nFloatStorage\n)R.",  # a type is not called
    ],
)
def test_state_of_our_own_objects_cannot_be_set(data):
    with pytest.raises((pickle.UnpicklingError, TypeError)):
        load(data)


@pytest.mark.parametrize(
    "data, name",
    [
        (b"cos\nsystem\n(S'true'\ntR.", "os.system"),
        (b"(S'true'\nios\nsystem\n.", "os.system"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system"),
        (b"cbuiltins\ngetattr\n.", "builtins.getattr"),
        (b"cnumpy\ndtype\n(S'O8'\ntR.", "numpy.dtype of 'O8'"),
        (b"c_codecs\nencode\n(S'a'\nS'rot13'\ntR.", "_codecs.encode"),
        (b"(S'module'\nI1\ntQ.", "persistent"),
    ],
)
def test_names_outside_the_list(data, name):
    with pytest.raises(safe_pickle.Refused, match=name):
        load(data)


def test_what_tensors_are_made_of_is_no_builtin():
    """Every stand-in is ours, or a plain container."""
    for name, stand_in in safe_pickle._ALLOWED.items():
        module = getattr(stand_in, "__module__", None) or type(stand_in)
        ours = "keras_attmask" in str(module)
        assert ours or stand_in is tuple, name


def test_widened_bfloat16_is_exact():
    values = np.array([1.0, -2.5, 3.0e38], "float32")
    upper = (values.view("u4") >> 16).astype("<u2")
    storage = Storage("bfloat16", 3, upper.tobytes)
    expected = (upper.astype("u4") << 16).view("f4")
    found = Tensor(storage, 0, (3,), (1,)).array()
    np.testing.assert_array_equal(found, expected)
