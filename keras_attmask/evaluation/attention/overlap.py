"""How well chosen patches cover what they should: by their pixels.

Each patch stands for all of its pixels, so it is enough to know how many of
them are of a thing and how many are not.
"""

import numpy as np

_ROUNDING = 1e-9


def kept_mass(attention, mass=0.6):
    """The most attended patches, until they have a share of the attention.

    Args:
        attention: `(..., N)`, not negative.
        mass: share of its sum. The patch that reaches it is kept, too.

    Returns:
        bool `(..., N)`. Of patches with the same attention the earlier one
        is kept first.

    Example:
        >>> kept_mass([0.1, 0.4, 0.2, 0.3])
        array([False,  True, False,  True])
    """
    attention = np.asarray(attention, "float64")
    order = np.argsort(-attention, axis=-1, kind="stable")
    ranked = np.take_along_axis(attention, order, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked
    wanted = mass * attention.sum(axis=-1, keepdims=True)
    kept = np.empty(attention.shape, bool)
    few = before < wanted * (1 - _ROUNDING)
    few[..., 0] = True  # also where there is no attention at all
    np.put_along_axis(kept, order, few, axis=-1)
    return kept


def jaccard(kept, inside, outside):
    """Pixels of a thing that are kept, over those of the thing or kept.

    Args:
        kept: bool `(..., N)`, chosen patches.
        inside: of the pixels of each patch, how many are of the thing,
            `(N,)`; not all 0.
        outside: how many are not and count.

    Returns:
        float64 `(...)` from 0 to 1.
    """
    common = kept @ np.asarray(inside, "float64")
    return common / (np.sum(inside) + kept @ np.asarray(outside, "float64"))
