"""Pickles of plain data: lists, dicts, words, numbers and arrays of numbers.

A pickle is a program. This reader calls nothing of NumPy's and nothing of
Python's: what a pickled array names is a stand-in of ours, and any other name
ends the reading before anything is called.
"""

import pickle
import re

import numpy as np

from keras_attmask.errors import InputError

_NUMBER = re.compile(r"[<>=|]?[biuf][1248]")


class _Refused(pickle.UnpicklingError):
    """The pickle names what plain data does not need."""


class _Kind:
    """Stands for `numpy.dtype` of a number."""

    __slots__ = ("dtype",)

    def __init__(self, name):
        if not isinstance(name, str) or not _NUMBER.fullmatch(name):
            raise _Refused(f"numpy.dtype of {name!r:.40}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state):
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """Stands for an array until all of it is read."""

    __slots__ = ("values",)

    def __setstate__(self, state):
        _, shape, kind, by_columns, data = state
        order = "F" if by_columns else "C"
        self.values = _numbers(data, kind, shape, order)


class _Stand:
    """A function that a pickle can call, and not change."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *arguments):
        return self._function(*arguments)

    def __setstate__(self, state):
        raise _Refused("state for a function")


def _numbers(data, kind, shape, order="C"):
    if isinstance(data, str):  # written by Python 2
        data = data.encode("latin1")
    if not isinstance(data, (bytes, bytearray)) or order not in ("C", "F"):
        raise _Refused("an array of objects")
    return np.frombuffer(bytes(data), kind.dtype).reshape(shape, order=order)


def _from_buffer(data, kind, shape, order, *_):
    array = _Array()
    array.values = _numbers(data, kind, shape, order)
    return array


def _bytes(text, encoding):
    if encoding != "latin1":
        raise _Refused(f"_codecs.encode to {encoding!r:.40}")
    return text.encode("latin1")


_NAMES = {
    ("numpy", "dtype"): _Stand(lambda name, *_: _Kind(name)),
    ("numpy", "ndarray"): _Stand(lambda *_: _Array()),
    ("_codecs", "encode"): _Stand(_bytes),
}
for _module in ("builtins", "__builtin__"):  # of an array without numbers
    _NAMES[_module, "bytes"] = _Stand(lambda: b"")
for _core in ("numpy.core", "numpy._core"):
    _NAMES |= {
        (f"{_core}.multiarray", "_reconstruct"): _Stand(lambda *_: _Array()),
        (f"{_core}.multiarray", "scalar"): _Stand(
            lambda kind, data: _numbers(data, kind, ())[()].item()
        ),
        (f"{_core}.numeric", "_frombuffer"): _Stand(_from_buffer),
    }


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        found = _NAMES.get((module, name))
        if found is None:
            raise _Refused(f"{module}.{name}")
        return found


def _plain(value):
    """The same with arrays for what stood for them."""
    if isinstance(value, _Array):
        return value.values
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_plain, value))
    if value is None or isinstance(value, (str, bytes, int, float)):
        return value
    raise _Refused(f"a {type(value).__name__}")


def read_plain_pickle(path):
    """Reads a pickle of plain data, written by Python 2 or 3.

    Args:
        path: of the file, which need not be trusted.

    Returns:
        What was pickled: dicts, lists, tuples, strings, numbers, None, and
        NumPy arrays of numbers.

    Raises:
        InputError: a file that cannot be read, or holds anything else.

    Example:
        >>> with open("truth.pkl", "wb") as file:
        ...     pickle.dump({"easy": [np.arange(3)]}, file)
        >>> read_plain_pickle("truth.pkl")
        {'easy': [array([0, 1, 2])]}
    """
    try:
        with open(path, "rb") as file:
            return _plain(_Unpickler(file, encoding="latin1").load())
    except OSError as error:
        raise InputError(
            f"data: expected a readable file, got {path} ({error.strerror})"
        ) from error
    except _Refused as error:
        raise InputError(
            "data: expected a pickle of lists and arrays alone, got "
            f"{path}, which asks for {error}"
        ) from error
    except Exception as error:  # of a broken pickle Python says anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"data: expected a pickle of plain data, got {path} ({reason})"
        ) from error
