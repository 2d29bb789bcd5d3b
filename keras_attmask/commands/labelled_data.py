"""Labelled images for training and for test, as the user names them."""

import os

from keras_attmask.data import open_source
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

_TEST_NAMES = ("test", "val", "validation")
_SPLITS = ("train", *_TEST_NAMES)


def train_and_test(train, data, limit=None):
    """Opens what `--train` and `--data` name.

    Args:
        train: images that teach; None takes those beside the test images
            in `data`.
        data: images to measure on. Without `train`: a folder with train/
            and test/ (or val/, validation/) inside, or a data set's name
            without split.
        limit: take that many of each.

    Returns:
        `(train_source, test_source)`, both with labels.

    Raises:
        InputError: nothing readable there, or no labels.
    """
    if train:
        teachers = labelled("--train", train, limit)
        return teachers, labelled("--data", data, limit)
    name, tests = _halves(data)
    teachers = labelled("--data", name, limit)
    for spec in tests[:-1]:
        try:
            return teachers, labelled("--data", spec, limit)
        except InputError:
            continue  # many data sets call it otherwise, or keep the labels
    return teachers, labelled("--data", tests[-1], limit)


def labelled(flag, spec, limit):
    """Opens images that must have labels.

    Args:
        flag: that names them, for errors.
        spec: see `data.open_source`.
        limit: take that many; None takes all.

    Raises:
        InputError: nothing readable there, or no labels.
    """
    with naming(flag):
        source = open_source(spec, limit=limit)
    # Some data sets number the classes of a secret test set -1.
    if source.labels is None or source.labels.min() < 0:
        raise InputError(
            f"{flag}: expected images with labels (one sub-folder a class, "
            f"say), got {spec!r} without"
        )
    return source


def _halves(data):
    """The name of the training images, and candidates for the test."""
    if os.path.isdir(data):
        parts = [os.path.join(data, name) for name in _SPLITS]
        train, *tests = parts
        tests = [path for path in tests if os.path.isdir(path)]
        if os.path.isdir(train) and tests:
            return train, tests[:1]
        raise _no_train(data)
    scheme, _, name = data.partition(":")
    name, question, query = name.partition("?")
    last = name.rpartition("/")[2].partition("[")[0]
    if scheme not in ("tfds", "bundled") or not name or last in _SPLITS:
        raise _no_train(data)
    words = [f"{scheme}:{name}/{split}{question}{query}" for split in _SPLITS]
    tests = words[1:2] if scheme == "bundled" else [words[1], words[3]]
    return words[0], tests


def _no_train(data):
    return InputError(
        "--train: expected labelled images to learn from, or --data=D with D "
        "a folder that holds train/ and test/ (or val/), or a data set's "
        f"name without split, got --data={data} alone"
    )
