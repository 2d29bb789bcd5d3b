"""Random numbers as a pure function of counters.

A key is an int32; `fold_in` mixes a further word (a seed, a step, the
identity of an image, the number of a draw) into it, `uniform` reads a number
from it. Nothing is stored, so the same image at the same step gets the same
crop, colours and mask on TensorFlow, JAX, PyTorch and NumPy, on any number
of workers or replicas, and after a restart.

The mixer is the 32-bit finaliser "lowbias32" by C. Wellons
(https://nullprogram.com/blog/2018/07/31/), applied to both words. Products
wrap around in int32 on every backend; shifts are made logical by a mask.
"""

import numpy as np
from keras import ops as keras_ops

_GOLDEN = -1640531527  # 0x9E3779B9 as int32: the fraction of the golden ratio


def _unsigned_shift(word, bits, ops):
    shifted = ops.right_shift(word, bits)
    return ops.bitwise_and(shifted, (1 << (32 - bits)) - 1)


def _finalise(word, ops):
    word = ops.bitwise_xor(word, _unsigned_shift(word, 16, ops))
    word = ops.multiply(word, 0x7FEB352D)
    word = ops.bitwise_xor(word, _unsigned_shift(word, 15, ops))
    word = ops.multiply(word, -2073254261)  # 0x846CA68B as int32
    return ops.bitwise_xor(word, _unsigned_shift(word, 16, ops))


def as_words(values, ops=keras_ops):
    """Integers of any kind as an int32 array of `ops`."""
    if isinstance(values, int):  # backends refuse what NumPy wraps around
        values = (values + 2**31) % 2**32 - 2**31
    if ops is np:
        return np.atleast_1d(values).astype("int64").astype("int32")
    return ops.cast(values, "int32")


def _scatter(word, ops):
    with np.errstate(over="ignore"):
        return _finalise(ops.add(as_words(word, ops), np.int32(_GOLDEN)), ops)


def fold_in(key, word, ops=keras_ops):
    """A new key, different for every `word`; shapes broadcast.

    Args:
        key: int32 array, or a Python integer to start from.
        word: int32 array, or a Python integer.
        ops: `keras.ops`, or `numpy` for work on the host.

    Returns:
        int32 array of the broadcast shape of `key` and `word`.
    """
    known = isinstance(word, (int, np.ndarray))  # before the step is traced
    scattered = _scatter(word, np if known else ops)
    if isinstance(word, int):
        scattered = scattered[0]
    key = as_words(key, ops)
    return _finalise(ops.bitwise_xor(ops.multiply(key, 5), scattered), ops)


def uniform(key, low=0.0, high=1.0, ops=keras_ops):
    """One float32 in `[low, high)` for every key."""
    bits = _unsigned_shift(key, 8, ops)  # 24 bits: exact in float32
    bits = bits.astype("float32") if ops is np else ops.cast(bits, "float32")
    return bits * np.float32(2.0**-24) * (high - low) + low


def normal(key, ops=keras_ops):
    """One float32 for every key, normal with mean 0 and deviation 1.

    By Box and Muller: backends round it apart in the last digits.
    """
    radius = ops.sqrt(
        -2.0 * ops.log(1.0 - uniform(fold_in(key, 0, ops), ops=ops))
    )
    angle = uniform(fold_in(key, 1, ops), 0.0, 2.0 * np.pi, ops)
    return radius * ops.cos(angle)


def draws(key, count, ops=keras_ops):
    """`count` keys for each key.

    Args:
        key: int32 array `(...)`.
        count: how many.
        ops: `keras.ops` or `numpy`.

    Returns:
        int32 array `(..., count)`.
    """
    return fold_in(ops.expand_dims(key, -1), np.arange(count), ops)
