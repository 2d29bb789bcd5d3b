"""Files of `safetensors`: names, shapes and bytes, no code."""

import pathlib

import numpy as np
import safetensors
import safetensors.numpy

from keras_attmask.convert.tensor import SAFETENSORS
from keras_attmask.convert.tensor import Storage
from keras_attmask.convert.tensor import Tensor
from keras_attmask.errors import InputError


def _tensor(name, spec):
    dtype = SAFETENSORS.get(spec["dtype"])
    if dtype is None:
        raise InputError(
            f"tensor {name}: expected a dtype of {', '.join(SAFETENSORS)}, "
            f"got {spec['dtype']}"
        )
    shape, strides, length = spec["shape"], [], 1
    for size in reversed(shape):
        strides.insert(0, length)
        length *= size
    storage = Storage(dtype, length, lambda: spec["data"])
    return Tensor(storage, 0, shape, strides)


def read_safetensors(path):
    """Reads a `.safetensors` file.

    Args:
        path: file.

    Returns:
        Dict of name to `Tensor`.

    Raises:
        InputError: a damaged file or an unknown dtype.
    """
    try:
        with open(path, "rb") as file:
            found = safetensors.deserialize(file.read())
        return {name: _tensor(name, spec) for name, spec in found}
    except safetensors.SafetensorError as error:
        raise InputError(
            f"{path}: expected a safetensors file, got a truncated or "
            f"damaged one ({' '.join(str(error).split())})"
        ) from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def write_safetensors(tensors, path):
    """Writes float32 arrays, marked as PyTorch layouts.

    Args:
        tensors: dict of name to array.
        path: file, overwritten.
    """
    arrays = {n: np.ascontiguousarray(a, "float32") for n, a in tensors.items()}
    data = safetensors.numpy.save(arrays, metadata={"format": "pt"})
    # Written here: `save_file` makes files that only their owner can read.
    pathlib.Path(path).write_bytes(data)
