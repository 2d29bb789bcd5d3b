"""What a few labelled images a class are enough for.

The protocol of the official code: of each class the images `start` to
`start + shots` in the order of the source teach, and the mean over five
starts counts, `shots` apart (5 apart for one image).
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from keras_attmask.data.labelled import train_and_test
from keras_attmask.errors import InputError
from keras_attmask.evaluation.knn import knn_accuracy
from keras_attmask.evaluation.knn import knn_classify
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded

SHOTS = (1, 5, 10, 20)
_DRAWS = 5


def chosen_images(labels, shots, draw):
    """Places of the images that teach.

    Args:
        labels: `(n,)`.
        shots: images of each class.
        draw: number of the draw, from 0. The k-th draw begins k times
            `shots` images further (5 for one image) in each class.

    Returns:
        int `(shots x classes,)`, class by class; None where a class has too
        few images for another draw.

    Reference: the official `eval_knn_few.py`.
    """
    step = 5 if shots == 1 else shots
    start, places = draw * step, []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)[start : start + shots]
        if len(members) < shots:
            return None
        places.append(members)
    return np.concatenate(places)


def _logistic(features, labels, queries, answers):
    """Share of right answers of a logistic regression, 0 to 1."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return float(model.fit(features, labels).score(queries, answers))


def _of_draw(bank, labels, queries, answers, shots):
    voters = 1 if shots == 1 else 20
    ranking = knn_classify(bank, labels, queries, voters)
    found = {"knn": knn_accuracy(ranking, answers)["knn"]}
    if len(np.unique(labels)) > 1:  # one class leaves nothing to learn
        found["logistic"] = _logistic(bank, labels, queries, answers)
    return found


def lowshot_scores(features, labels, queries, answers, shots=SHOTS):
    """Accuracy from a few images of each class.

    Args:
        features: `(n, D)` of images to choose from.
        labels: their classes, `(n,)`.
        queries: `(m, D)` of images to classify.
        answers: their classes, `(m,)`.
        shots: numbers of images a class.

    Returns:
        A dict, for each number of images: "knn_5_shot" (1 voter for one
        image, else 20) and "logistic_5_shot", means over up to five draws,
        "..._std", their deviations, and "draws_5_shot", how many there
        were. What a class has too few images for is left out.

    Raises:
        InputError: when no number of images is left.
    """
    found = {}
    for count in shots:
        places = [chosen_images(labels, count, d) for d in range(_DRAWS)]
        places = [chosen for chosen in places if chosen is not None]
        draws = [
            _of_draw(features[p], labels[p], queries, answers, count)
            for p in places
        ]
        for name in draws[0] if draws else ():
            values = [draw[name] for draw in draws]
            found[f"{name}_{count}_shot"] = float(np.mean(values))
            found[f"{name}_{count}_shot_std"] = float(np.std(values))
        if draws:
            found[f"draws_{count}_shot"] = len(draws)
    if not found:
        raise InputError(
            f"data: expected {min(shots)} images or more of each class to "
            "learn from, got fewer"
        )
    return found


def lowshot(
    backbone,
    data,
    preprocessing=None,
    shots=SHOTS,
    batch_size=256,
    limit=None,
    output=None,
):
    """`lowshot_scores` of a backbone's class tokens.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: labelled images, see `data.train_and_test`.
        preprocessing: `data.Preprocessing`, see `Reader`.
        shots: numbers of images a class.
        batch_size: images a step of the backbone.
        limit: use that many images of each part; None uses all.
        output: folder for `lowshot.json`; None writes nothing.

    Returns:
        The dict of `lowshot_scores`.

    Raises:
        InputError: a source without labels, or too few images.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    train, test = train_and_test(data, limit=limit)
    bank, queries = map(reader.class_tokens, (train, test))
    scores = lowshot_scores(bank, train.labels, queries, test.labels, shots)
    return recorded(scores, output, "lowshot")
