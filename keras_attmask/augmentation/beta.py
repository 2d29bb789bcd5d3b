"""Beta(alpha, alpha) from a uniform number, through a table of quantiles.

Near 0 the quantile x of u goes as u to the power 1 / alpha, which no table
follows. Its power t = (2 x) ** alpha goes straight there: it is t that the
table holds, for the lower half; the upper half is its mirror.
"""

import functools

import numpy as np
from keras import ops

_CELLS = 4096
_FINE = 1 << 16  # steps of the integral


@functools.cache
def quantile_table(alpha):
    """`(2 x) ** alpha` at evenly spaced u from 0 to 1/2.

    Args:
        alpha: above 0.

    Returns:
        float32 `(4097,)`, from 0 to 1.
    """
    # x = s ** (1 / alpha) / 2 if alpha < 1, which makes the density regular:
    # x ** (alpha - 1) dx is then a constant times ds.
    ends = np.linspace(0.0, 1.0, _FINE + 1)
    middle = 0.5 * (ends[1:] + ends[:-1])
    if alpha < 1.0:
        power = ends
        density = (1.0 - 0.5 * middle ** (1.0 / alpha)) ** (alpha - 1.0)
    else:
        power = ends**alpha
        density = (middle * (1.0 - 0.5 * middle)) ** (alpha - 1.0)
    below = np.concatenate([[0.0], np.cumsum(density)])
    u = np.linspace(0.0, 1.0, _CELLS + 1)
    return np.interp(u, below / below[-1], power).astype("float32")


def symmetric_beta(u, alpha):
    """The quantiles of Beta(alpha, alpha) at `u`.

    Args:
        u: float32 `(B,)` in `[0, 1)`.
        alpha: a number above 0.

    Returns:
        float32 `(B,)`, 0 to 1.
    """
    table = ops.convert_to_tensor(quantile_table(alpha))
    place = 2.0 * _CELLS * ops.minimum(u, 1.0 - u)
    cell = ops.minimum(ops.floor(place), _CELLS - 1.0)
    number = ops.cast(cell, "int32")
    low, high = ops.take(table, number), ops.take(table, number + 1)
    power = low + (high - low) * (place - cell)
    lower = 0.5 * ops.power(power, 1.0 / alpha)
    return ops.where(u < 0.5, lower, 1.0 - lower)
