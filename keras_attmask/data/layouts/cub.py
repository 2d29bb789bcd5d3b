"""Caltech-UCSD Birds 200-2011, as it is unpacked.

    CUB_200_2011/images.txt                 1 001.Albatross/Albatross_1.jpg
    CUB_200_2011/image_class_labels.txt     1 1
    CUB_200_2011/images/001.Albatross/Albatross_1.jpg

In retrieval the first hundred classes teach, and the others are tested.
"""

import os

import numpy as np

from keras_attmask.data.layouts.tables import held
from keras_attmask.data.layouts.tables import holder
from keras_attmask.data.layouts.tables import present
from keras_attmask.data.layouts.tables import rows_of
from keras_attmask.data.layouts.tables import whole_numbers
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

_NAMES = ("CUB_200_2011",)
_LABELS = "image_class_labels.txt"
_FILES = (_LABELS,)
FIRST_CLASS = 100


def is_cub(path):
    """Whether that is the folder, or the one around it."""
    return holder(path, _FILES, _NAMES) is not None


def open_cub(path):
    """Opens the images that retrieval is tested on.

    Args:
        path: CUB_200_2011, or the folder around it.

    Returns:
        `FileSource` of classes 100 to 199, counted from 0, in the order of
        `images.txt`.

    Raises:
        InputError: a missing or broken file, by name.
    """
    folder = held(path, _FILES, _NAMES)
    listing = os.path.join(folder, "images.txt")
    rows = rows_of(listing, 2)
    labels = _labels([row[0] for row in rows], os.path.join(folder, _LABELS))
    tested = np.flatnonzero(labels >= FIRST_CLASS)
    if not len(tested):
        raise InputError(
            f"data: expected classes above {FIRST_CLASS} in "
            f"{os.path.join(folder, _LABELS)}, got none"
        )
    paths = [os.path.join(folder, "images", rows[row][1]) for row in tested]
    return FileSource(present(paths, listing), labels[tested], name=folder)


def _labels(images, path):
    """Classes from 0 of images by their identifiers."""
    rows = rows_of(path, 2)
    classes = whole_numbers([row[1] for row in rows], path)
    of_image = dict(zip((row[0] for row in rows), classes - 1))
    for image in images:
        if image not in of_image:
            raise InputError(
                f"data: expected a class of each image in {path}, got none "
                f"of image {image}"
            )
    return np.array([of_image[image] for image in images])
