"""Weighted nearest-neighbour classification, without any training.

The protocol of "Unsupervised Feature Learning via Non-Parametric Instance
Discrimination", arXiv 1805.01978, as DINO, iBOT and AttMask use it: the k
training images with the greatest cosine similarity vote for their class with
the weight exp(similarity / T).

Everything is NumPy in float32: a GPU would round the products to 10 bits by
default and break ties in any order. One query against 60 000 images costs
about half a millisecond on one core.
"""

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import ClassTokens
from keras_attmask.evaluation.features import extract_features

_CHUNK_ELEMENTS = 2**24  # similarities held at a time: 64 MiB


def unit_rows(features, name):
    """Features at length one, float32 `(n, D)`.

    Args:
        features: `(n, D)`; rows of zeros stay.
        name: what an error should call them.

    Raises:
        InputError: another shape, or values that are not finite.
    """
    features = np.asarray(features, "float32")
    if features.ndim != 2 or 0 in features.shape:
        raise InputError(
            f"`{name}` must be a filled array (n, D), got {features.shape}."
        )
    if not np.isfinite(features).all():
        raise InputError(
            f"`{name}` must be finite, got NaN or infinity in "
            f"{int((~np.isfinite(features)).any(axis=1).sum())} rows."
        )
    # Scaled first, so that no square overflows or vanishes.
    features = features / _not_zero(np.abs(features).max(1, keepdims=True))
    return features / _not_zero(np.linalg.norm(features, axis=1)[:, None])


def _not_zero(values):
    return np.where(values == 0, np.float32(1), values)


def _checked_labels(labels, count):
    labels = np.asarray(labels)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise InputError(
            f"`train_labels` must be {count} integers, one a row of "
            f"`train_features`, got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0:
        raise InputError(
            f"`train_labels` must not be negative, got {labels.min()}."
        )
    return labels.astype("int64")


def _check_settings(num_neighbors, temperature):
    if not num_neighbors >= 1:
        raise InputError(
            f"`num_neighbors` must be at least 1, got {num_neighbors}."
        )
    if not temperature > 0:
        raise InputError(f"`temperature` must be positive, got {temperature}.")


def _nearest(similarity, count):
    """Columns of the `count` greatest of each row, ties to the left."""
    first = similarity.shape[1] - count
    least = np.partition(similarity, first, axis=1)[:, first, None]
    above, level = similarity > least, similarity == least
    room = count - above.sum(axis=1, keepdims=True)
    level &= np.cumsum(level, axis=1, dtype="int32") <= room
    return np.nonzero(above | level)[1].reshape(-1, count)


def _class_scores(similarity, labels, num_classes, temperature):
    """Sum of exp(similarity / T) by class, `(rows, num_classes)` float64.

    Both arguments are `(rows, k)`, the neighbours'. The greatest similarity
    is taken off before the exponential, which changes no order.
    """
    similarity = similarity.astype("float64")
    best = similarity.max(axis=1, keepdims=True)
    votes = np.exp((similarity - best) / temperature)
    # A vote that underflows still ranks above a class without any.
    votes = np.maximum(votes, np.finfo("float64").tiny)
    scores = np.zeros((len(votes), num_classes))
    np.add.at(scores, (np.arange(len(votes))[:, None], labels), votes)
    return scores


def knn_classify(
    train_features,
    train_labels,
    test_features,
    num_neighbors=20,
    temperature=0.07,
):
    """Ranks the classes for each test feature by its neighbours' votes.

    Args:
        train_features: `(n_train, D)`; rows need not be normalised.
        train_labels: integers from 0, `(n_train,)`.
        test_features: `(n_test, D)`.
        num_neighbors: voters k; a smaller bank votes as a whole.
        temperature: T of the vote's weight exp(cosine / T).

    Returns:
        int64 `(n_test, num_classes)`, best class first, for num_classes =
        greatest label + 1. The lower class index wins a tie; classes
        without a vote come last in index order.

    Raises:
        InputError: shapes that do not fit, values that are not finite,
            labels that are no class indices.
    """
    _check_settings(num_neighbors, temperature)
    bank = unit_rows(train_features, "train_features")
    queries = unit_rows(test_features, "test_features")
    labels = _checked_labels(train_labels, len(bank))
    if queries.shape[1] != bank.shape[1]:
        raise InputError(
            f"`test_features` must have the width of `train_features`, "
            f"{bank.shape[1]}, got {queries.shape[1]}."
        )
    count = min(num_neighbors, len(bank))
    ranking = np.empty((len(queries), labels.max() + 1), "int64")
    step = max(1, _CHUNK_ELEMENTS // len(bank))
    for start in range(0, len(queries), step):
        rows = slice(start, start + step)
        similarity = queries[rows] @ bank.T  # (rows, n_train)
        nearest = _nearest(similarity, count)
        scores = _class_scores(
            np.take_along_axis(similarity, nearest, axis=1),
            labels[nearest],
            ranking.shape[1],
            temperature,
        )
        ranking[rows] = np.argsort(-scores, axis=1, kind="stable")
    return ranking


def knn_accuracy(ranking, labels):
    """Top-1 and top-5 fractions of a ranking.

    Args:
        ranking: `(n, num_classes)` from `knn_classify`.
        labels: true classes, `(n,)`.

    Returns:
        `{"knn": ..., "knn_top5": ...}`, each from 0 to 1.
    """
    hits = ranking[:, :5] == np.asarray(labels)[:, None]
    return {
        "knn": float(hits[:, 0].mean()),
        "knn_top5": float(hits.any(axis=1).mean()),
    }


def knn(
    backbone,
    data,
    preprocessing,
    num_neighbors=20,
    temperature=0.07,
    batch_size=256,
):
    """k-NN accuracy of a backbone's class tokens.

    Args:
        backbone: `VisionTransformer`, or the `ClassTokens` of one.
        data: `(train_source, test_source)`, both with labels.
        preprocessing: `data.preprocessing.Preprocessing`.
        num_neighbors: voters k.
        temperature: T of the vote's weight.
        batch_size: images a step of the backbone.

    Returns:
        `{"knn": top-1 fraction, "knn_top5": top-5 fraction}`.

    Raises:
        InputError: a source without labels.
    """
    train, test = data
    for name, source in (("train", train), ("test", test)):
        if source.labels is None:
            raise InputError(
                f"`data` must have labels for k-NN, got a {name} source "
                "without."
            )
    if not isinstance(backbone, ClassTokens):
        backbone = ClassTokens(backbone)
    bank, queries = (
        extract_features(backbone, source, preprocessing, batch_size)
        for source in (train, test)
    )
    ranking = knn_classify(
        bank, train.labels, queries, num_neighbors, temperature
    )
    return knn_accuracy(ranking, test.labels)
