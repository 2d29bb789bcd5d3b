"""Rows of length one."""

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.evaluation.moments import broken_rows

_PART = 8192  # rows looked at together
_SMALL, _LARGE = 1e-15, 1e15


def checked_rows(features, name):
    """Features as they are, if they can be compared.

    Args:
        features: `(n, D)`, in memory or mapped into it.
        name: what an error should call them.

    Returns:
        NumPy array `(n, D)`.

    Raises:
        InputError: another shape, or values that are not finite.
    """
    features = np.asarray(features)
    if features.ndim != 2 or 0 in features.shape:
        raise InputError(
            f"`{name}` must be a filled array (n, D), got {features.shape}."
        )
    broken = broken_rows(features)
    if broken:
        raise InputError(
            f"`{name}` must be finite, got NaN or infinity in {broken} rows."
        )
    return features


def unit_rows(features, name):
    """Features at length one, float32 `(n, D)`.

    Args:
        features: `(n, D)`; rows of zeros stay.
        name: what an error should call them.

    Raises:
        InputError: another shape, or values that are not finite.
    """
    features = checked_rows(features, name)
    unit = np.empty(features.shape, "float32")
    for start in range(0, len(features), _PART):
        unit[start : start + _PART] = at_length_one(
            features[start : start + _PART]
        )
    return unit


def at_length_one(rows):
    """A new float32 array of rows at length one; zeros stay."""
    rows = rows.astype("float32")
    lengths = _lengths(rows)
    odd = ~((lengths > _SMALL) & (lengths < _LARGE))
    if odd.any():  # whose squares overflow or vanish
        part = rows[odd]
        part /= _not_zero(np.abs(part).max(axis=1, keepdims=True))
        rows[odd], lengths[odd] = part, _not_zero(_lengths(part))
    rows /= lengths[:, None]
    return rows


def _lengths(rows):
    with np.errstate(over="ignore"):
        return np.sqrt(np.einsum("ij,ij->i", rows, rows))


def _not_zero(values):
    return np.where(values == 0, np.float32(1), values)
