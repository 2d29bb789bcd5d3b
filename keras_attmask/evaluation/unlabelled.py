"""What can be said of features without any label.

Whether two crops of an image are nearest to each other, and how many
directions the features of a data set fill. Neither tells what a backbone is
good for; both tell when training goes wrong.
"""

import numpy as np

from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError
from keras_attmask.evaluation.cropped import Cropped
from keras_attmask.evaluation.moments import broken_rows
from keras_attmask.evaluation.nearest import nearest_rows
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded

_SCALE = (0.25, 1.0)  # of a global view
_LEAST = 1e-7  # RankMe's epsilon
_PART = 8192  # rows at a time


def effective_rank(features):
    """Effective rank: how many directions the features fill evenly.

    exp(entropy) of the singular values' shares, as RankMe has it.

    Args:
        features: `(n, D)`.

    Returns:
        A float from 1 to min(n, D); 0 for features that are all zero.

    Raises:
        InputError: another shape, or values that are not finite.

    Reference: "RankMe", arXiv 2210.02885.
    """
    features = np.asarray(features)
    if features.ndim != 2 or 0 in features.shape:
        raise InputError(
            f"features: expected a filled array (n, D), got {features.shape}"
        )
    if broken_rows(features):
        raise InputError(
            "features: expected finite numbers, got NaN or infinity"
        )
    values = _singular_values(features)
    if not values.sum() > 0:
        return 0.0
    shares = values / values.sum() + _LEAST
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _singular_values(features):
    """Those of `(n, D)`, which is never held in float64 as a whole."""
    triangle = np.empty((0, features.shape[1]))
    for start in range(0, len(features), _PART):
        part = features[start : start + _PART].astype("float64")
        triangle = np.linalg.qr(np.concatenate([triangle, part]), mode="r")
    return np.linalg.svd(triangle, compute_uv=False)


def view_retrieval(first, second):
    """Whether each row's own other view is nearest to it.

    Args:
        first: `(n, D)`, features of one view of each image.
        second: `(n, D)`, of another.

    Returns:
        `{"view_retrieval": ..., "view_retrieval_top5": ...}`, shares of the
        rows of `first` whose partner is the nearest row of `second`, or
        among the five nearest. Equals count against it.

    Raises:
        InputError: shapes that differ, or values that are not finite.
    """
    first, second = unit_rows(first, "first"), unit_rows(second, "second")
    if first.shape != second.shape:
        raise InputError(
            f"second: expected the shape of first, {first.shape}, got "
            f"{second.shape}"
        )
    similarity, rows = nearest_rows(first, second, 6)
    own = (rows == np.arange(len(first))[:, None]).argmax(axis=1)
    among = (rows == np.arange(len(first))[:, None]).any(axis=1)
    at = similarity[np.arange(len(first)), own]
    rank = (similarity >= at[:, None]).sum(axis=1)
    return {
        "view_retrieval": float((among & (rank <= 1)).mean()),
        "view_retrieval_top5": float((among & (rank <= 5)).mean()),
    }


def unlabelled(
    backbone,
    data,
    preprocessing=None,
    seed=0,
    batch_size=256,
    limit=None,
    output=None,
):
    """Measures that need no labels.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: images, see `data.open_source`.
        preprocessing: `data.Preprocessing`, see `Reader`.
        seed: of the crops.
        batch_size: images a step of the backbone.
        limit: use that many images; None uses all.
        output: folder for `unlabelled.json`; None writes nothing.

    Returns:
        A dict: the two shares of `view_retrieval`, of two random crops of
        each image, a quarter of it or more, perhaps mirrored; and
        "effective_rank", a number from 1 to the lesser of images and width, of
        the class tokens of whole images.

    Raises:
        InputError: images that cannot be read, or are not square where
            crops are made.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    source = open_source(data, limit=limit)
    size = min(reader.batch_size, len(source))
    crops = Cropped(reader, source, (1, "token"), size, seed, _SCALE)
    scores = view_retrieval(_view(crops, source, 0), _view(crops, source, 1))
    scores["effective_rank"] = effective_rank(reader.class_tokens(source))
    return recorded(scores, output, "unlabelled")


def _view(crops, source, epoch):
    """Features of one crop of each image, in the order of the source."""
    found = None
    for features, rows in crops(epoch):
        if found is None:
            found = np.empty((len(source), features.shape[1]), "float32")
        found[rows] = features[: len(rows)]
    return found
