"""Weighted nearest-neighbour classification, without any training.

The protocol of "Unsupervised Feature Learning via Non-Parametric Instance
Discrimination", arXiv 1805.01978, as DINO, iBOT and AttMask use it: the k
training images with the greatest cosine similarity vote for their class with
the weight exp(similarity / T).
"""

import numpy as np

from keras_attmask.data.labelled import train_and_test
from keras_attmask.errors import InputError
from keras_attmask.evaluation.nearest import nearest_rows
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.nearest.unit import checked_rows
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded

_SCORES = 2**22  # of classes and images, held at a time


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
            f"num_neighbors: expected 1 or more, got {num_neighbors!r}"
        )
    if not temperature > 0:
        raise InputError(f"temperature: expected above 0, got {temperature!r}")


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
    places = labels + np.arange(len(votes))[:, None] * num_classes
    scores = np.bincount(
        places.ravel(), votes.ravel(), len(votes) * num_classes
    )
    return scores.reshape(-1, num_classes)


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
    return knn_rankings(
        train_features,
        train_labels,
        test_features,
        (num_neighbors,),
        temperature,
    )[0][0]


def _ranking(similarity, labels, num_classes, temperature, best):
    """The best classes by their neighbours' votes, `(rows, best)`."""
    ranking = np.empty((len(labels), best), "int64")
    step = max(1, _SCORES // num_classes)
    for start in range(0, len(labels), step):
        part = slice(start, start + step)
        scores = _class_scores(
            similarity[part], labels[part], num_classes, temperature
        )
        order = np.argsort(-scores, axis=1, kind="stable")
        ranking[part] = order[:, :best]
    return ranking


def knn_rankings(
    train_features,
    train_labels,
    test_features,
    numbers,
    temperature=0.07,
    best=None,
):
    """`knn_classify` for several numbers of voters in one pass.

    Args:
        train_features: `(n_train, D)`; rows need not be normalised.
        train_labels: integers from 0, `(n_train,)`.
        test_features: `(n_test, D)`.
        numbers: of voters.
        temperature: T of the vote's weight exp(cosine / T).
        best: classes wanted of each ranking, the first; None wants all.

    Returns:
        A list, for each number `(ranking, voted)`: what `knn_classify`
        gives, and int `(n_test,)`, how many classes had a vote.

    Raises:
        InputError: see `knn_classify`.
    """
    for number in numbers:
        _check_settings(number, temperature)
    bank = checked_rows(train_features, "train_features")
    queries = unit_rows(test_features, "test_features")
    labels = _checked_labels(train_labels, len(bank))
    if queries.shape[1] != bank.shape[1]:
        raise InputError(
            f"`test_features` must have the width of `train_features`, "
            f"{bank.shape[1]}, got {queries.shape[1]}."
        )
    similarity, nearest = nearest_rows(queries, bank, max(numbers), unit=True)
    voters, num_classes = labels[nearest], int(labels.max()) + 1
    best = min(best or num_classes, num_classes)
    found = []
    for k in numbers:
        part = similarity[:, :k], voters[:, :k]
        ranking = _ranking(*part, num_classes, temperature, best)
        found.append((ranking, _distinct(part[1])))
    return found


def _distinct(labels):
    """How many different ones each row has."""
    steps = np.diff(np.sort(labels, axis=1), axis=1)
    return 1 + np.count_nonzero(steps, axis=1)


def knn_accuracy(ranking, labels, voted=None):
    """Top-1 and top-5 fractions of a ranking.

    Args:
        ranking: `(n, num_classes)` from `knn_classify`.
        labels: true classes, `(n,)`.
        voted: how many classes had a vote, `(n,)`: one without is not among
            the five. None counts them as they stand.

    Returns:
        `{"knn": ..., "knn_top5": ...}`, each from 0 to 1.
    """
    hits = ranking[:, :5] == np.asarray(labels)[:, None]
    if voted is not None:
        hits = hits & (np.arange(hits.shape[1]) < voted[:, None])
    return {
        "knn": float(hits[:, 0].mean()),
        "knn_top5": float(hits.any(axis=1).mean()),
    }


def knn(
    backbone,
    data,
    preprocessing=None,
    num_neighbors=(10, 20, 100, 200),
    temperature=0.07,
    batch_size=256,
    limit=None,
    output=None,
):
    """k-NN accuracy of a backbone's class tokens.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: labelled images, see `data.train_and_test`.
        preprocessing: `data.Preprocessing`, see `Reader`.
        num_neighbors: voters k, one number or several.
        temperature: T of the vote's weight.
        batch_size: images a step of the backbone.
        limit: use that many images of each part; None uses all.
        output: folder for `knn.json`; None writes nothing.

    Returns:
        `{"knn": top-1 fraction, "knn_top5": top-5 fraction}`; of several
        numbers of voters also "knn_10" and "knn_10_top5" for each, and the
        two without a number are of 20 voters, or of the first where 20 is
        not among them. A class that nobody voted for is not among the five.

    Raises:
        InputError: images without labels, or settings that are none.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    train, test = train_and_test(data, limit=limit)
    bank, queries = map(reader.class_tokens, (train, test))
    numbers = np.atleast_1d(num_neighbors).tolist()
    if not numbers:
        raise InputError("num_neighbors: expected one number or more, got none")
    votes = knn_rankings(
        bank, train.labels, queries, numbers, temperature, best=5
    )
    main = numbers.index(20) if 20 in numbers else 0
    scores = _score(votes[main], test.labels)
    if len(numbers) > 1:
        for number, vote in zip(numbers, votes):
            found = _score(vote, test.labels)
            scores[f"knn_{number}"] = found["knn"]
            scores[f"knn_{number}_top5"] = found["knn_top5"]
    return recorded(scores, output, "knn")


def _score(vote, labels):
    ranking, voted = vote
    return knn_accuracy(ranking, labels, voted)
