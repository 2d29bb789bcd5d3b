"""A tensor that lies in a file: where its numbers are, not the numbers."""

import math
import pickle

import numpy as np

from keras_attmask.errors import InputError

# PyTorch's storage classes and safetensors' names, as NumPy dtypes in file
# order. NumPy has no bfloat16: its bits are the upper half of a float32.
BFLOAT16 = "bfloat16"
STORAGES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": BFLOAT16,
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
SAFETENSORS = {
    "F64": "f8",
    "F32": "f4",
    "F16": "f2",
    "BF16": BFLOAT16,
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}


class Sealed:
    """An object whose state a pickle cannot change after construction."""

    def __setstate__(self, state):
        raise pickle.UnpicklingError("state for a sealed object")


class Storage(Sealed):
    """A run of numbers in a file, read when they are needed.

    Args:
        dtype: a value of `STORAGES`.
        length: how many numbers.
        read: callable without arguments that returns their bytes.
        order: "<" or ">", the byte order of the file.
    """

    def __init__(self, dtype, length, read, order="<"):
        self.dtype = dtype
        self.length = length
        self.read = read
        self.order = order

    @property
    def _file_dtype(self):
        narrow = "u2" if self.dtype == BFLOAT16 else self.dtype
        return np.dtype(narrow).newbyteorder(self.order)

    @property
    def num_bytes(self):
        """Length in bytes."""
        return self.length * self._file_dtype.itemsize

    def values(self):
        """The numbers as a flat array; bfloat16 widened to float32."""
        data = self.read()
        if len(data) < self.num_bytes:
            raise InputError(
                f"expected {self.num_bytes} bytes, got {len(data)}"
            )
        values = np.frombuffer(data, self._file_dtype, self.length)
        if self.dtype == BFLOAT16:
            return (values.astype("u4") << 16).view("f4")
        return values


class Tensor(Sealed):
    """A strided view of a storage.

    Args:
        storage: `Storage`.
        offset: index of the first number.
        shape: sizes of the axes.
        strides: steps of the axes, in numbers.
    """

    def __init__(self, storage, offset, shape, strides):
        self.storage = storage
        self.offset = offset
        self.shape = tuple(shape)
        self.strides = tuple(strides)

    def check(self, name):
        """Refuses a view that leaves its storage: it would read foreign
        memory."""
        numbers = (self.offset, *self.shape, *self.strides)
        if not isinstance(self.storage, Storage) or not all(
            isinstance(n, int) and 0 <= n < 2**62 for n in numbers
        ):
            raise InputError(f"tensor {name}: expected sizes and strides")
        axes = list(zip(self.shape, self.strides))
        count = math.prod(self.shape)
        last = self.offset + sum((size - 1) * step for size, step in axes)
        inside = last < self.storage.length and count <= self.storage.length
        if len(self.shape) != len(self.strides) or count and not inside:
            raise InputError(
                f"tensor {name}: expected a view of {self.storage.length} "
                f"numbers, got one that leaves them"
            )

    def array(self, name="?"):
        """The numbers as a new float32 array of this shape.

        Raises:
            InputError: naming the tensor `name` when they cannot be read.
        """
        self.check(name)
        if 0 in self.shape:
            return np.zeros(self.shape, "float32")
        try:
            values = self.storage.values()
        except InputError as error:
            raise InputError(f"tensor {name}: {error}") from error
        view = np.lib.stride_tricks.as_strided(
            values[self.offset :],
            self.shape,
            [step * values.itemsize for step in self.strides],
            writeable=False,
        )
        return np.array(view, "float32", order="C")
