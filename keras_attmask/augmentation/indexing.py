"""Reading and summing by index along the last axis.

PyTorch has both as one operation; the roads that `keras.ops` takes there
make ten passes over all pixels.
"""

from keras import backend
from keras import ops


def picked(values, index):
    """Values at places of their own row.

    Args:
        values: `(B, C, N)`.
        index: int32 `(B, C, M)` or `(B, 1, M)`, from 0 to N - 1.

    Returns:
        `(B, C, M)`.
    """
    if backend.backend() == "torch":
        index = index.long().expand(*values.shape[:2], -1)
        return values.gather(-1, index)
    return ops.take_along_axis(values, index, axis=-1)


def summed_by_level(values, levels, count):
    """Sums values of the same level, row by row.

    Args:
        values: float32 `(B, C, N)`.
        levels: int32 `(B, C, N)` from 0 to `count - 1`.
        count: how many levels there are.

    Returns:
        float32 `(B, C, count)`; whole numbers are exact up to 2**24.
    """
    channels = levels.shape[1]
    if backend.backend() == "torch":
        zeros = values.new_zeros((*values.shape[:2], count))
        return zeros.scatter_add_(-1, levels.long(), values)
    rows = ops.shape(levels)[0] * channels
    first = ops.reshape(ops.arange(rows, dtype="int32"), (-1, channels, 1))
    bins = ops.reshape(levels + count * first, (-1,))
    sums = ops.segment_sum(ops.reshape(values, (-1,)), bins, rows * count)
    return ops.reshape(sums, (-1, channels, count))
