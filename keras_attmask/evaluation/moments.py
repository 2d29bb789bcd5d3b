"""Mean and deviation of features, and whether they are numbers, in parts.

NumPy alone would make a second array as large as the features, and adds
float32 up row by row, which over a million rows is off by a hundredth.
"""

import numpy as np

_PART = 8192  # rows looked at together


def _parts(rows):
    for start in range(0, len(rows), _PART):
        yield np.asarray(rows[start : start + _PART])


def mean_and_deviation(rows):
    """Of each column.

    Args:
        rows: `(n, D)`, in memory or mapped into it.

    Returns:
        `(mean, deviation)`, float32 `(D,)` each.
    """
    mean = sum(part.sum(axis=0, dtype="float64") for part in _parts(rows))
    mean = mean / len(rows)
    square = sum(((part - mean) ** 2).sum(axis=0) for part in _parts(rows))
    deviation = np.sqrt(square / len(rows))
    return mean.astype("float32"), deviation.astype("float32")


def broken_rows(rows):
    """How many rows hold what is no finite number.

    Args:
        rows: `(n, D)`, in memory or mapped into it.
    """
    return sum(
        int((~np.isfinite(part)).any(axis=1).sum()) for part in _parts(rows)
    )
