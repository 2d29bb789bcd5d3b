"""Stanford Cars (Cars196), as it is unpacked, in either of its forms.

    cars_annos.mat, car_ims/000001.jpg

    devkit/cars_train_annos.mat, cars_train/00001.jpg
    devkit/cars_test_annos_withlabels.mat, or beside devkit; cars_test/

In retrieval the first 98 classes teach, and the others are tested, whatever
part for classification their images belong to.
"""

import os

import numpy as np
from scipy.io import loadmat

from keras_attmask.data.layouts.tables import held
from keras_attmask.data.layouts.tables import holder
from keras_attmask.data.layouts.tables import present
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

_WHOLE = "cars_annos.mat"
_TRAIN = os.path.join("devkit", "cars_train_annos.mat")
_TEST = "cars_test_annos_withlabels.mat"
_FILES = (_WHOLE, _TRAIN)
_NAMES = ("cars196", "CARS196", "stanford_cars")
FIRST_CLASS = 98


def is_cars(path):
    """Whether that is the folder, or the one around it."""
    return holder(path, _FILES, _NAMES) is not None


def open_cars(path):
    """Opens the images that retrieval is tested on.

    Args:
        path: the folder of the data set, or the one around it.

    Returns:
        `FileSource` of classes 98 to 195, counted from 0, in the order of
        the annotations.

    Raises:
        InputError: a missing or broken file, by name.
    """
    folder = held(path, _FILES, _NAMES)
    paths, labels = [], []
    for annotations, name, images in _parts(folder):
        found, classes = _annotated(annotations, name)
        tested = [n for n, number in enumerate(classes) if number > FIRST_CLASS]
        files = [os.path.join(images, found[place]) for place in tested]
        paths += present(files, annotations)
        labels += [classes[place] - 1 for place in tested]
    if not paths:
        raise InputError(
            f"data: expected classes above {FIRST_CLASS} in {annotations}, "
            "got none"
        )
    return FileSource(paths, labels, name=folder)


def _parts(folder):
    """`(annotations, field of the file's name, its folder)` of each part."""
    whole = os.path.join(folder, _WHOLE)
    if os.path.isfile(whole):
        return [(whole, "relative_im_path", folder)]
    test = os.path.join(folder, "devkit", _TEST)
    if not os.path.isfile(test):
        test = os.path.join(folder, _TEST)
    train = os.path.join(folder, _TRAIN)
    return [
        (train, "fname", os.path.join(folder, "cars_train")),
        (test, "fname", os.path.join(folder, "cars_test")),
    ]


def _annotated(path, name):
    """Names and classes, from 1, of the images of one file."""
    try:
        read = loadmat(path, variable_names=["annotations"], squeeze_me=True)
        rows = np.atleast_1d(read["annotations"])
        return [str(v) for v in rows[name]], [int(v) for v in rows["class"]]
    except OSError as error:
        raise InputError(
            f"data: expected annotations of cars, {path} cannot be read "
            f"({error.strerror or error})"
        ) from error
    except Exception as error:  # of a broken file SciPy says anything
        reason = " ".join(str(error).split())
        raise InputError(
            "data: expected annotations of cars with fields "
            f"{name} and class, got {path} ({reason})"
        ) from error
