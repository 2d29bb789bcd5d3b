"""Recall at k: is there an image of the same class among the k nearest?

An image is not searched for itself: it is taken out by its place, not by
dropping whatever is nearest. Where an image stands twice in the data, the
other copy may be the nearest, and dropping that one would leave the image
itself to be found.
"""

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.evaluation.nearest import nearest_rows
from keras_attmask.evaluation.nearest import unit_rows

_QUERIES = 2048  # at a time: 25 MB of nearest images, k = 1000


def recall_at_k(features, labels, ks, gallery=None, gallery_labels=None):
    """Share of images of which one of the k most similar has their class.

    Similarity is the cosine. Images that are the only one of their class
    have nothing to find and are left out of the mean.

    Args:
        features: `(n, D)`, one row an image.
        labels: their classes, `(n,)`.
        ks: numbers of images that are looked at, 1 or more each; where
            there are fewer images, all of them are.
        gallery: `(m, D)` of images to search in; None searches for each
            image among all others.
        gallery_labels: their classes, `(m,)`.

    Returns:
        A dict: "recall_at_1" and so on, from 0 to 1, and "queries", the
        number of images that are in the mean.

    Raises:
        InputError: arrays that do not fit, values that are not finite, or
            no image with anything to find.

    Example:
        >>> features = [[1, 0], [1, 0.1], [0, 1], [0.9, 0.2]]
        >>> recall_at_k(features, [0, 1, 1, 0], ks=(1, 2))
        {'recall_at_1': 0.0, 'recall_at_2': 0.75, 'queries': 4}
    """
    features = unit_rows(features, "features")
    labels = _fitting(labels, features, "labels")
    alone = gallery is None
    if alone:
        gallery, gallery_labels = features, labels
    else:
        gallery = unit_rows(gallery, "gallery")
        gallery_labels = _fitting(gallery_labels, gallery, "gallery_labels")
    asked = np.flatnonzero(_wanted(labels, gallery_labels) > alone)
    if not len(asked):
        raise InputError(
            "labels: expected another image of the same class to find, got "
            "none for any image"
        )
    hits = np.concatenate(
        [
            _first_hits(
                features[rows],
                labels[rows],
                gallery,
                gallery_labels,
                max(ks),
                rows if alone else None,
            )
            for rows in np.array_split(asked, -(-len(asked) // _QUERIES))
        ]
    )
    scores = {f"recall_at_{k}": float(np.mean(hits < k)) for k in ks}
    return scores | {"queries": len(asked)}


def _fitting(labels, features, name):
    labels = np.asarray(labels)
    if labels.shape != features.shape[:1]:
        raise InputError(
            f"{name}: expected ({len(features)},), one an image, got "
            f"{labels.shape}"
        )
    return labels


def _wanted(labels, gallery_labels):
    """How many images of the gallery have the class of each label."""
    names, counts = np.unique(gallery_labels, return_counts=True)
    place = np.searchsorted(names, labels).clip(max=len(names) - 1)
    return np.where(names[place] == labels, counts[place], 0)


def nearest_others(queries, gallery, count, own=None):
    """The most similar rows of a gallery, of which the query is none.

    Args:
        queries: float32 `(n, D)`.
        gallery: float32 `(m, D)`.
        count: rows wanted, k.
        own: places `(n,)` of the queries in the gallery, which are left
            out; None where they are not in it.

    Returns:
        int64 `(n, k)`, or fewer columns where the gallery has fewer rows.
    """
    if own is None:
        return nearest_rows(queries, gallery, count)[1]
    rows = nearest_rows(queries, gallery, count + 1)[1]
    own_place = rows == own[:, None]
    # Among many copies an image may not be its own nearest: drop the last.
    own_place[~own_place.any(axis=1), -1] = True
    return rows[~own_place].reshape(len(rows), -1)


def _first_hits(queries, labels, gallery, gallery_labels, count, own):
    """Place of the nearest image of the same class, from 0 to `count`."""
    rows = nearest_others(queries, gallery, count, own)
    right = gallery_labels[rows] == labels[:, None]  # (n, k)
    return np.where(right.any(axis=1), right.argmax(axis=1), count)
