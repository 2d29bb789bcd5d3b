"""How well masks agree: intersection over union, by its definition.

Over all pixels of all images together, as the PASCAL VOC and ADE20K
benchmarks count, not image by image.
"""

import numpy as np

from keras_attmask.errors import InputError

IGNORED = 255  # the label of pixels that do not count


def confusion_matrix(truth, found, num_classes, ignored=IGNORED):
    """Counts pixels by true and by found class.

    Matrices of several images are added.

    Args:
        truth: true classes, integers of any shape.
        found: classes found, integers of that shape.
        num_classes: K.
        ignored: a label in `truth` that does not count.

    Returns:
        int64 `(K, K)`: row is the true class, column the found one.

    Raises:
        InputError: shapes that differ, labels that are no class.

    Example:
        >>> confusion_matrix([0, 0, 1, 255], [0, 1, 1, 1], 2)
        array([[1, 1],
               [0, 1]])
    """
    truth, found = np.asarray(truth), np.asarray(found)
    if truth.shape != found.shape:
        raise InputError(
            f"found: expected the shape of truth, {truth.shape}, got "
            f"{found.shape}"
        )
    counts = truth != ignored
    truth, found = truth[counts].astype("int64"), found[counts].astype("int64")
    for name, values in (("truth", truth), ("found", found)):
        if values.size and not 0 <= values.min() <= values.max() < num_classes:
            raise InputError(
                f"{name}: expected classes from 0 to {num_classes - 1}, got "
                f"{values.min()} to {values.max()}"
            )
    places = truth * num_classes + found
    counted = np.bincount(places, minlength=num_classes**2)
    return counted.reshape(num_classes, num_classes)


def class_iou(confusion):
    """Intersection over union of each class.

    Args:
        confusion: `(K, K)` of `confusion_matrix`.

    Returns:
        float64 `(K,)`; NaN for a class that is neither there nor found.
    """
    common = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - common
    shares = np.full(len(common), np.nan)
    return np.divide(common, union, out=shares, where=union > 0)


def mean_iou(confusion):
    """Mean of `class_iou` over the classes that are there or found.

    Args:
        confusion: `(K, K)` of `confusion_matrix`.

    Returns:
        A float from 0 to 1.

    Raises:
        InputError: when not a single pixel counts.
    """
    shares = class_iou(confusion)
    if np.isnan(shares).all():
        raise InputError("confusion: expected pixels that count, got none")
    return float(np.nanmean(shares))
