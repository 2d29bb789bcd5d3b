"""Files of `torch.save`, old and new, read without PyTorch."""

import functools
import io
import pickle
import zipfile

from keras_attmask.convert.safe_pickle import Refused
from keras_attmask.convert.safe_pickle import SafeUnpickler
from keras_attmask.convert.tensor import Storage
from keras_attmask.errors import InputError

# What a damaged or hostile pickle may raise.
_PICKLE_ERRORS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001


def read_torch_file(path):
    """Reads a `.pth` or `.pt` file of any PyTorch since 0.4.

    Nothing that the file names is executed, see `safe_pickle`. Storages are
    read when a tensor's `array` is asked for.

    Args:
        path: file, either a zip archive or the older row of pickles.

    Returns:
        The saved object: dicts, lists and numbers, `Tensor` for tensors,
        `Namespace` for `argparse.Namespace`.

    Raises:
        InputError: a damaged file, or one that asks for anything else.
    """
    with open(path, "rb") as file:
        archive = file.read(4) == b"PK\x03\x04"
    try:
        return _read_archive(path) if archive else _read_legacy(path)
    except Refused as error:
        raise InputError(
            f"{path}: expected tensors and plain data, got a pickle that "
            f"asks for {error}; refused"
        ) from error
    except zipfile.BadZipFile as error:
        raise InputError(
            f"{path}: expected a whole PyTorch file, got a truncated or "
            f"damaged archive ({error})"
        ) from error
    except InputError as error:
        raise InputError(
            f"{path}: expected a PyTorch file, got {error}"
        ) from error
    except _PICKLE_ERRORS as error:
        reason = " ".join(str(error).split()) or "unreadable"
        raise InputError(
            f"{path}: expected a PyTorch file, got a damaged one or another "
            f"kind of file ({type(error).__name__}: {reason:.120})"
        ) from error


def _record(archive, name):
    """Bytes of one record. A compressed one could be a bomb."""
    try:
        info = archive.getinfo(name)
        if info.compress_type != zipfile.ZIP_STORED:
            raise InputError(f"record {name} is compressed")
        return archive.read(info)
    except (zipfile.BadZipFile, EOFError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"damaged record {name} ({reason})") from error


def _read_archive(path):
    # Stays open for as long as tensors refer to it.
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    records = [name for name in names if name.endswith("/data.pkl")]
    if len(records) != 1:
        raise InputError("a zip file without data.pkl")
    root = records[0].removesuffix("data.pkl")
    order = "<"
    if f"{root}byteorder" in names:
        big = _record(archive, f"{root}byteorder").strip() == b"big"
        order = ">" if big else "<"

    def open_storage(dtype, key, length):
        name = f"{root}data/{key}"
        read = functools.partial(_record, archive, name)
        storage = Storage(dtype, length, read, order)
        # Sizes are believed only as far as there are bytes for them.
        if archive.getinfo(name).file_size < storage.num_bytes:
            raise InputError(f"a record {name} that is too short")
        return storage

    pickled = io.BytesIO(_record(archive, records[0]))
    return SafeUnpickler(pickled, open_storage).load()


def _read_legacy(path):
    """Pickles of magic number, protocol, machine, object and keys; bytes."""
    contents = {}
    with open(path, "rb") as file:
        if SafeUnpickler(file).load() != _LEGACY_MAGIC:
            raise ValueError("no magic number")
        if SafeUnpickler(file).load() != _LEGACY_PROTOCOL:
            raise ValueError("unknown protocol")
        little = SafeUnpickler(file).load()["little_endian"]
        storages = {}

        def open_storage(dtype, key, length):
            def read():
                return contents[key]

            order = "<" if little else ">"
            return storages.setdefault(key, Storage(dtype, length, read, order))

        saved = SafeUnpickler(file, open_storage).load()
        for key in SafeUnpickler(file).load():
            contents[str(key)] = _legacy_bytes(file, storages[str(key)])
    return saved


def _legacy_bytes(file, storage):
    order = "little" if storage.order == "<" else "big"
    header = file.read(8)
    length = int.from_bytes(header, order)
    if len(header) != 8 or length != storage.length:
        raise ValueError(f"storage of {length} numbers for {storage.length}")
    data = file.read(storage.num_bytes)
    if len(data) != storage.num_bytes:
        raise EOFError("truncated storage")
    return data
