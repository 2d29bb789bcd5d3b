"""How well masks of objects in films agree, as DAVIS defines it.

"A Benchmark Dataset and Evaluation Methodology for Video Object
Segmentation", CVPR 2016: J is intersection over union of regions, F weighs
precision and recall of their boundaries alike.
"""

import math

import numpy as np
from scipy import ndimage

BOUND = 0.008  # of the diagonal; boundaries that near to each other agree


def region_similarity(truth, found):
    """J: intersection over union.

    Args:
        truth: bool `(h, w)`.
        found: bool `(h, w)`.

    Returns:
        A float from 0 to 1; 1 where both are empty.
    """
    union = np.count_nonzero(truth | found)
    return np.count_nonzero(truth & found) / union if union else 1.0


def boundary(mask):
    """Pixels that differ from their right, lower, or lower right neighbour.

    Args:
        mask: bool `(h, w)`.

    Returns:
        bool `(h, w)`. What lies beyond the picture differs from nothing.
    """
    more = np.pad(mask, ((0, 1), (0, 1)), "edge")
    found = mask != more[:-1, 1:]
    found |= mask != more[1:, :-1]
    found |= mask != more[1:, 1:]
    return found


def _dilated(pixels, radius):
    """All pixels in a disk of that radius around one of `pixels`."""
    return ndimage.distance_transform_edt(~pixels) <= radius


def _box(pixels):
    """The part of a picture that holds all of some pixels."""
    return tuple(
        slice(places.min(), places.max() + 1) for places in pixels.nonzero()
    )


def boundary_measure(truth, found, bound=BOUND):
    """F: how well boundaries agree.

    Args:
        truth: bool `(h, w)`.
        found: bool `(h, w)`.
        bound: how far apart boundaries may be, as a share of the diagonal;
            it is rounded up to whole pixels.

    Returns:
        2 P R / (P + R) for P, the share of the found boundary that is near
        the true one, and R, the share of the true one that is near the found
        one; 1 where there is no boundary at all, 0 where there is but one.
    """
    radius = math.ceil(bound * math.hypot(*truth.shape))
    true, own = boundary(truth), boundary(found)
    if not (true.any() and own.any()):
        return float(true.any() == own.any())
    box = _box(true | own)
    true, own = true[box], own[box]
    precision = np.mean(_dilated(true, radius)[own])
    recall = np.mean(_dilated(own, radius)[true])
    total = precision + recall
    return float(2 * precision * recall / total) if total else 0.0


def statistics(values):
    """Sums up how an object is followed.

    Args:
        values: J or F of each frame, `(n,)`.

    Returns:
        `(mean, recall, decay)`: recall is the share of frames above one half;
        decay the mean of the first quarter less that of the last, quarters
        that share their border, as in the official evaluation.
    """
    values = np.asarray(values, "float64")
    edges = np.round(np.linspace(1, len(values), 5) + 1e-10).astype(int) - 1
    first = values[edges[0] : edges[1] + 1].mean()
    last = values[edges[3] : edges[4] + 1].mean()
    return values.mean(), np.mean(values > 0.5), first - last
