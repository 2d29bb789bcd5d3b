"""Labelled images to learn from and to measure on, as the user names them."""

import copy
import glob
import os

import numpy as np

from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

_TEST_NAMES = ("test", "val", "validation")
_SPLITS = ("train", *_TEST_NAMES)


def train_and_test(data, train=None, limit=None, names=("data", "train")):
    """Opens labelled images to learn from and to measure on.

    Args:
        data: images to measure on, see `data.open_source`. Without `train`:
            a folder with train/ and test/ (or val/, validation/) inside, a
            data set's name without split, or a pair `(train, test)`.
        train: images that teach; None takes those beside the test images
            in `data`.
        limit: take that many of each.
        names: what errors call `data` and `train`.

    Returns:
        `(train_source, test_source)`, both with labels. Where both name
        their classes, a class of the test has the number that its name has
        in training; names that are new there have numbers above those.

    Raises:
        InputError: nothing readable there, no labels, or names of classes
            of which none is the same.
    """
    teachers, tested = _both(data, train, limit, names)
    return teachers, _numbered_alike(tested, teachers, names[0])


def _both(data, train, limit, names):
    if train is not None:
        teachers = labelled(train, limit, names[1])
        return teachers, labelled(data, limit, names[0])
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return tuple(labelled(part, limit, names[0]) for part in data)
    if not isinstance(data, (str, os.PathLike)):
        raise InputError(
            f"{names[0]}: expected (train, test) or the name of both, got "
            f"{type(data).__name__}"
        )
    halves = _halves(os.fspath(data))
    if halves is None:
        _refuse_missing(os.fspath(data), names[0])
        raise InputError(
            f"{names[1]}: expected labelled images to learn from, or "
            f"{names[0]}=D with D a folder that holds train/ and test/ (or "
            f"val/), or a data set's name without split, got {names[0]}="
            f"{data} alone"
        )
    teachers = labelled(halves[0], limit, names[0])
    return teachers, _first_labelled(halves[1], limit, names[0])


def _refuse_missing(path, name):
    """What is not there is not short of a half."""
    there = os.path.exists(os.path.expanduser(path)) or glob.has_magic(path)
    if not there and ":" not in path:
        raise InputError(f"{name}: expected an existing path, got {path}")


def _numbered_alike(test, train, name):
    """Test images whose classes are found by name among the training's.

    A folder numbers its classes by itself: where the test lacks one, all
    that follow have another number there.
    """
    own, known = test.class_names, train.class_names
    if own is None or known is None or tuple(own) == tuple(known):
        return test
    if test.labels.max() >= len(own):  # which its names do not tell
        return test
    used = [own[number] for number in np.unique(test.labels)]
    if not set(used) & set(known):
        raise InputError(
            f"{name}: expected classes of the training images, got none of "
            f"them in {test.name}, whose first is {used[0]!r}"
        )
    names = tuple(dict.fromkeys([*known, *own]))
    place = {word: number for number, word in enumerate(names)}
    table = np.array([place[word] for word in own])
    alike = copy.copy(test)  # the user's own stays as it is
    alike.labels, alike.class_names = table[test.labels], names
    return alike


def labelled_test(data, limit=None, name="data"):
    """Opens labelled images to measure on, where nothing is to be learnt.

    Args:
        data: see `data.open_source`; or, with a half to learn from that is
            left alone, see `train_and_test`.
        limit: take that many; None takes all.
        name: what errors call it.

    Returns:
        A source with labels.

    Raises:
        InputError: nothing readable there, or no labels.
    """
    if isinstance(data, (tuple, list)) and len(data) == 2:
        whole = isinstance(data[0], np.ndarray)  # images and their labels
        return labelled(data if whole else data[1], limit, name)
    halves = None
    if isinstance(data, (str, os.PathLike)):
        halves = _halves(os.fspath(data))
    if halves is None:
        return labelled(data, limit, name)
    return _first_labelled(halves[1], limit, name)


def _first_labelled(specs, limit, name):
    """The first of some candidates that can be opened and has labels."""
    for spec in specs[:-1]:
        try:
            return labelled(spec, limit, name)
        except InputError:
            continue  # many data sets call it otherwise, or keep the labels
    return labelled(specs[-1], limit, name)


def labelled(data, limit=None, name="data"):
    """Opens images that must have labels.

    Args:
        data: see `data.open_source`.
        limit: take that many; None takes all.
        name: what errors call it.

    Raises:
        InputError: nothing readable there, or no labels.
    """
    with naming(name):
        source = open_source(data, limit=limit)
    # Some data sets number the classes of a secret test set -1.
    if source.labels is None or source.labels.min() < 0:
        raise InputError(
            f"{name}: expected images with labels (one sub-folder a class, "
            f"say), got {source.name!r} without"
        )
    return source


def _halves(data):
    """The name of the training images and candidates for the test, or None."""
    data = os.path.expanduser(data)
    if os.path.isdir(data):
        parts = [os.path.join(data, name) for name in _SPLITS]
        train, *tests = parts
        tests = [path for path in tests if os.path.isdir(path)]
        return (train, tests[:1]) if os.path.isdir(train) and tests else None
    scheme, _, name = data.partition(":")
    name, question, query = name.partition("?")
    last = name.rpartition("/")[2].partition("[")[0]
    if scheme not in ("tfds", "bundled") or not name or last in _SPLITS:
        return None
    words = [f"{scheme}:{name}/{split}{question}{query}" for split in _SPLITS]
    tests = words[1:2] if scheme == "bundled" else [words[1], words[3]]
    return words[0], tests
