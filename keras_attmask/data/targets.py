"""What is to be learned of images, as numbers."""

import dataclasses

import numpy as np

from keras_attmask.errors import InputError


@dataclasses.dataclass(frozen=True)
class Targets:
    """What is known of the images of a source.

    Attributes:
        values: int32 `(n,)` numbers of classes; or float32 `(n, K)`, 1 for
            each label that an image has and 0 for the others, or quantities.
        names: of the K classes, labels or quantities.
    """

    values: np.ndarray
    names: tuple

    @property
    def count(self):
        """K."""
        return len(self.names)


def targets_of(source, task, names=None):
    """Reads what a task asks of a source.

    Args:
        source: see `source_types`.
        task: "classification" (one class an image), "multilabel" (any number
            of labels: names with commas between, or `source.targets` of 0
            and 1) or "regression" (numbers with commas between, or
            `source.targets`).
        names: of a source that was read before, in whose order the values
            should come; None takes the source's own.

    Returns:
        `Targets`.

    Raises:
        InputError: a source that does not say, or that says what `names`
            does not know.
    """
    find = {
        "classification": _classes,
        "multilabel": _labels,
        "regression": _quantities,
    }
    return find[task](source, names)


def _classes(source, names):
    labels = source.labels
    if labels is None or labels.min() < 0:
        raise InputError(
            "data: expected images with labels (one sub-folder a class, say), "
            f"got {source.name} without"
        )
    own = source.class_names
    if own is None:
        own = tuple(map(str, range(labels.max() + 1)))
    if names is None:
        return Targets(labels.astype("int32"), own)
    used = [own[number] for number in np.unique(labels)]
    place = _places(used, names, source)
    table = np.array([place.get(name, -1) for name in own], "int32")
    return Targets(table[labels], tuple(names))


def _places(used, names, source):
    """Numbers of names; refuses used ones that are not among them."""
    place = {name: number for number, name in enumerate(names)}
    unknown = [name for name in used if name not in place]
    if unknown:
        raise InputError(
            f"data: expected only classes of the training images, got "
            f"{unknown[0]!r} in {source.name}"
        )
    return place


def _texts(source, what):
    """What stands for each image, split at commas."""
    if source.labels is None or source.class_names is None:
        raise InputError(
            f"data: expected {what} after a tab in each line of a list of "
            f"paths, or `targets` in an .npz file, got {source.name} without"
        )
    words = [
        [word.strip() for word in name.split(",") if word.strip()]
        for name in source.class_names
    ]
    return [words[label] for label in source.labels]


def _labels(source, names):
    if source.targets is not None:
        found = _matrix(source, names)
        if not np.isin(found.values, (0, 1)).all():
            raise InputError(
                "data: expected targets of 0 and 1 for labels, got other "
                f"numbers in {source.name}"
            )
        return found
    texts = _texts(source, "labels with commas between")
    used = sorted({word for words in texts for word in words})
    names = tuple(used if names is None else names)
    place = _places(used, names, source)
    values = np.zeros((len(texts), len(names)), "float32")
    for row, words in zip(values, texts):
        row[[place[word] for word in words]] = 1
    return Targets(values, names)


def _quantities(source, names):
    if source.targets is not None:
        return _matrix(source, names)
    texts = _texts(source, "numbers with commas between")
    try:
        values = np.array(
            [[float(word) for word in words] for words in texts], "float32"
        )
    except ValueError as error:
        raise InputError(
            "data: expected equally many numbers for each image, got "
            f"something else in {source.name} ({error})"
        ) from error
    return _named(values, names, source)


def _matrix(source, names):
    values = np.asarray(source.targets, "float32")
    return _named(values.reshape(len(source), -1), names, source)


def _named(values, names, source):
    if not values.size or not np.isfinite(values).all():
        raise InputError(
            "data: expected a finite number or more for each image, got "
            f"others in {source.name}"
        )
    own = tuple(map(str, range(values.shape[1])))
    if names is not None and len(names) != len(own):
        raise InputError(
            f"data: expected {len(names)} numbers an image as in the training "
            f"images, got {len(own)} in {source.name}"
        )
    return Targets(values, own if names is None else tuple(names))
