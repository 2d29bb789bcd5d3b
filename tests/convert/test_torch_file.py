import argparse
import io
import pathlib
import pickle
import pickletools
import zipfile

import numpy as np
import pytest

from keras_attmask.convert.torch_file import read_torch_file
from keras_attmask.errors import InputError

torch = pytest.importorskip("torch")


@pytest.fixture
def saved():
    """Tensors of many kinds, views, a namespace and NumPy scalars."""
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(3, 4, generator=generator)
    return {
        "plain": matrix,
        "transposed": matrix.t(),
        "slice": torch.arange(12.0).reshape(3, 4)[1:, ::2],
        "bfloat16": torch.randn(5, generator=generator).bfloat16(),
        "half": torch.arange(6).half(),
        "double": torch.linspace(0, 1, 4, dtype=torch.float64),
        "long": torch.tensor([1, -(2**40)]),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(matrix[:1].clone()),
    }


@pytest.mark.parametrize("archive", [True, False])
def test_tensors_are_those_of_torch(saved, tmp_path, archive):
    path = tmp_path / "x.pth"
    torch.save(saved, path, _use_new_zipfile_serialization=archive)
    found = read_torch_file(path)
    assert list(found) == list(saved)
    for name, tensor in saved.items():
        array = found[name].array()
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, tensor.detach().float().numpy())


@pytest.mark.parametrize("archive", [True, False])
def test_settings_and_numpy_scalars(tmp_path, archive):
    saved = {
        "args": argparse.Namespace(arch="vit_tiny", scales=(0.1, 1.0)),
        "lr": np.float64(1.5e-4),
        "step": np.int64(7),
        "device": torch.device("cpu"),
        "size": torch.Size([2, 3]),
    }
    path = tmp_path / "x.pth"
    torch.save(saved, path, _use_new_zipfile_serialization=archive)
    found = read_torch_file(path)
    assert vars(found["args"]) == vars(saved["args"])
    assert (found["lr"], found["step"]) == (1.5e-4, 7)
    assert (found["device"], found["size"]) == ("cpu", (2, 3))


def rewrite(path, change):
    """Rebuilds an archive; `change` maps (name, data) to the same or None."""
    with zipfile.ZipFile(path) as archive:
        records = [(n, archive.read(n)) for n in archive.namelist()]
    with zipfile.ZipFile(path, "w") as archive:
        for record in filter(None, (change(*r) for r in records)):
            archive.writestr(*record)


def test_a_file_of_an_old_run_on_a_gpu(tmp_path):
    path = tmp_path / "x.pth"
    weight = torch.arange(6.0)
    torch.save({"weight": weight, "lr": np.float64(0.5)}, path)

    def age(name, data):
        if name.split("/")[1] not in ("data", "data.pkl", "version"):
            return None
        data = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
        data = data.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
        return "archive/" + name.split("/", 1)[1], data

    rewrite(path, age)
    pickled = zipfile.ZipFile(path).read("archive/data.pkl")
    words = [str(argument) for _, argument, _ in pickletools.genops(pickled)]
    assert "cuda:0" in words and "numpy.core.multiarray scalar" in words
    found = read_torch_file(path)
    np.testing.assert_array_equal(found["weight"].array(), weight)
    assert found["lr"] == 0.5


def test_big_endian(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"weight": torch.arange(4.0)}, path)

    def swap(name, data):
        if name.endswith("/byteorder"):
            return name, b"big"
        if "/data/" in name:
            return name, np.frombuffer(data, "<f4").astype(">f4").tobytes()
        return name, data

    rewrite(path, swap)
    found = read_torch_file(path)["weight"].array()
    np.testing.assert_array_equal(found, np.arange(4))


@pytest.mark.parametrize("archive", [True, False])
def test_every_truncation_is_one_line(saved, tmp_path, archive):
    path = tmp_path / "x.pth"
    torch.save(saved, path, _use_new_zipfile_serialization=archive)
    data = path.read_bytes()
    for length in [*range(0, len(data) - 1, len(data) // 40), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(InputError) as caught:
            read_torch_file(path)
        assert "\n" not in str(caught.value) and "x.pth" in str(caught.value)


def test_a_damaged_record_names_its_tensor(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"weight": torch.full((64,), 1.25)}, path)
    data = path.read_bytes()
    number = np.float32(1.25).tobytes() * 64
    path.write_bytes(data.replace(number, number[:-1] + b"\x00"))
    tensor = read_torch_file(path)["weight"]
    with pytest.raises(InputError, match="tensor weight: .*CRC"):
        tensor.array("weight")


def test_a_record_that_is_too_short(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"weight": torch.zeros(64)}, path)
    rewrite(path, lambda n, d: (n, d[:-4] if "/data/" in n else d))
    with pytest.raises(InputError, match="too short"):
        read_torch_file(path)


class _Call:
    """Unpickles to a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_hostile_files_do_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = [
        (_Call(io.open, "pwned", "w"), "io.open"),
        (_Call(eval, "open('pwned', 'w')"), "eval"),
        (_Call(getattr, "", "strip"), "getattr"),
        (_Call(torch.load, "pwned"), "torch.serialization.load"),
    ]
    for call, name in calls:
        for archive in (True, False):
            torch.save(
                {"args": call, "weight": torch.zeros(2)},
                "x.pth",
                _use_new_zipfile_serialization=archive,
            )
            with pytest.raises(InputError, match=rf"[\w.]*{name}; refused"):
                read_torch_file("x.pth")
        pathlib.Path("x.pth").write_bytes(pickle.dumps(call))
        with pytest.raises(InputError, match=rf"[\w.]*{name}; refused"):
            read_torch_file("x.pth")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.pth"]


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04", b"\x80\x02."])
def test_other_files(tmp_path, data):
    path = tmp_path / "x.pth"
    path.write_bytes(data)
    with pytest.raises(InputError, match="x.pth: expected a"):
        read_torch_file(path)


def test_another_archive(tmp_path):
    path = tmp_path / "x.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.h5", b"")
    with pytest.raises(InputError, match="without data.pkl"):
        read_torch_file(path)
