"""Area under the ROC curve of pixels, each with its patch's attention."""

import numpy as np


def pixel_auc(attention, inside, outside):
    """Chance that a pixel of the thing has more attention than another.

    Equal attention counts half, as in the Mann-Whitney statistic. Pixels of
    a patch are alike, so patches are sorted instead of pixels.

    Args:
        attention: `(N,)`.
        inside: of the pixels of each patch, how many are of the thing,
            `(N,)`.
        outside: how many are not and count.

    Returns:
        A float from 0 to 1; None where all or no pixels are of the thing.

    Example:
        >>> pixel_auc([0.5, 0.3, 0.2], [2, 1, 0], [0, 1, 2])
        0.9444444444444444
    """
    values, place = np.unique(attention, return_inverse=True)
    inside, outside = (
        np.bincount(place, weights, len(values))
        for weights in (inside, outside)
    )
    pairs = inside.sum() * outside.sum()
    if not pairs:
        return None
    below = np.cumsum(outside) - outside
    return float((inside * (below + outside / 2)).sum() / pairs)
