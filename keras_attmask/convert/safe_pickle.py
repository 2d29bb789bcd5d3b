"""An unpickler that can build tensors and plain data, and nothing else.

A pickle is a program. This one may name the few callables below, each a
harmless stand-in of ours for what PyTorch and NumPy write into checkpoints;
any other name ends the load before anything is called.
"""

import collections
import pickle
import re

import numpy as np

from keras_attmask.convert.tensor import STORAGES
from keras_attmask.convert.tensor import Sealed
from keras_attmask.convert.tensor import Tensor

_SCALAR = re.compile(r"[<>=|]?[biuf][1248]")


class Refused(pickle.UnpicklingError):
    """The pickle asks for a callable that checkpoints do not need."""


class Namespace:
    """Stands for `argparse.Namespace`: named values."""

    def __setstate__(self, state):
        if not isinstance(state, dict):
            raise pickle.UnpicklingError("namespace without names")
        self.__dict__.update({str(k): v for k, v in state.items()})


class _OrderedDict(collections.OrderedDict):
    def __setstate__(self, state):
        """Drops PyTorch's `_metadata`, which nothing here needs."""


class _ScalarType:
    """Stands for `numpy.dtype` of a number."""

    def __init__(self, name, *_):
        if not isinstance(name, str) or not _SCALAR.fullmatch(name):
            raise Refused(f"numpy.dtype of {name!r}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state):
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Callable(Sealed):
    """A function without attributes that a pickle could replace."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *arguments):
        return self._function(*arguments)


class StorageType(Sealed):
    """Stands for a storage class of PyTorch, for example FloatStorage."""

    def __init__(self, dtype):
        self.dtype = dtype


def _scalar(kind, data):
    return np.frombuffer(data, kind.dtype, 1)[0].item()


def _encode(text, encoding):
    if encoding != "latin1":
        raise Refused(f"_codecs.encode to {encoding!r}")
    return text.encode("latin1")


def _rebuild_tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, shape, strides)


_ALLOWED = {
    ("collections", "OrderedDict"): _OrderedDict,
    ("argparse", "Namespace"): Namespace,
    ("torch", "Size"): tuple,
    ("torch", "device"): _Callable(lambda *parts: ":".join(map(str, parts))),
    ("torch._utils", "_rebuild_tensor"): _Callable(_rebuild_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): _Callable(_rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): _Callable(lambda data, *_: data),
    ("numpy", "dtype"): _ScalarType,
    ("numpy.core.multiarray", "scalar"): _Callable(_scalar),
    ("numpy._core.multiarray", "scalar"): _Callable(_scalar),
    ("_codecs", "encode"): _Callable(_encode),
}
_ALLOWED |= {("torch", n): StorageType(dtype) for n, dtype in STORAGES.items()}


class SafeUnpickler(pickle.Unpickler):
    """Reads one pickle of a checkpoint.

    Args:
        file: binary file at the start of the pickle.
        open_storage: callable `(dtype, key, length)` that returns the
            `Storage` a tensor refers to.

    Raises:
        Refused: from `load`, for a name outside the allow-list.
    """

    def __init__(self, file, open_storage=None):
        super().__init__(file, encoding="utf-8")
        self._open_storage = open_storage

    def find_class(self, module, name):
        found = _ALLOWED.get((module, name))
        if found is None:
            raise Refused(f"{module}.{name}")
        return found

    def persistent_load(self, pid):
        if self._open_storage is None or pid[0] != "storage":
            raise Refused(f"the persistent object {pid!r:.40}")
        kind, key, _, length, *views = pid[1:]
        if not isinstance(kind, StorageType) or any(views):
            raise Refused("an unknown kind of storage")
        if not isinstance(length, int) or length < 0:
            raise pickle.UnpicklingError("storage without length")
        return self._open_storage(kind.dtype, str(key), length)
