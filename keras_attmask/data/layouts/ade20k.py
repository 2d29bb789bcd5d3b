"""ADE20K as its scene parsing benchmark is published.

    ADEChallengeData2016/images/{training,validation}/ADE_val_00000001.jpg
    ADEChallengeData2016/annotations/{training,validation}/ADE_val_00000001.png
    ADEChallengeData2016/objectInfo150.txt

In the annotations 0 is everything else, which does not count, and 1 to 150
are the classes.
"""

import os

import numpy as np

from keras_attmask.data.files_by_index import FilesByIndex
from keras_attmask.data.files_by_index import read_mask
from keras_attmask.data.image_files import list_images
from keras_attmask.data.segmented import Segmented
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

CLASSES = 150
_IGNORED = 255
_FOLDER = "ADEChallengeData2016"
_SPLITS = {"train": "training", "val": "validation"}


def _root(path):
    """The folder that holds images/ and annotations/, or None."""
    for folder in (path, os.path.join(path, _FOLDER)):
        inner = ("images", "validation"), ("annotations", "validation")
        if all(os.path.isdir(os.path.join(folder, *names)) for names in inner):
            return folder
    return None


def is_ade20k(path):
    """Whether a folder is of this layout."""
    return _root(path) is not None


def read_classes(path):
    """A mask with classes from 0 to 149, and 255 for everything else.

    Args:
        path: of an annotation.
    """
    mask = read_mask(path)
    if mask.max() > CLASSES:
        raise InputError(
            f"data: expected labels from 0 to {CLASSES}, got {mask.max()} in "
            f"{path}"
        )
    return np.where(mask == 0, _IGNORED, mask - 1).astype("uint8")


def _names(path):
    """Names of the classes, numbers without the file that tells them."""
    if not os.path.isfile(path):
        return tuple(map(str, range(CLASSES)))
    try:
        with open(path, encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"data: expected names of classes in {path} ({error})"
        ) from error
    names = {row[0].strip(): row[-1].strip() for row in rows}
    numbers = [str(number) for number in range(1, CLASSES + 1)]
    missing = [number for number in numbers if not names.get(number)]
    if missing:
        raise InputError(
            f"data: expected names of {CLASSES} classes in {path}, got none "
            f"of class {missing[0]}"
        )
    return tuple(names[number] for number in numbers)


def open_ade20k(path, split="val"):
    """Opens one part of ADE20K.

    Args:
        path: ADEChallengeData2016, or the folder that holds it.
        split: "train" (training/) or "val" (validation/).

    Returns:
        `Segmented` with 150 classes.

    Raises:
        InputError: a folder or an annotation that is missing.
    """
    root = _root(path)
    if root is None:
        raise InputError(
            "data: expected images/validation/ and annotations/validation/ "
            f"in {path}, got none"
        )
    images, masks = (
        os.path.join(root, name, _SPLITS[split])
        for name in ("images", "annotations")
    )
    paths = list_images(images)
    found = []
    for image in paths:
        stem = os.path.splitext(os.path.basename(image))[0]
        found.append(os.path.join(masks, stem + ".png"))
        if not os.path.isfile(found[-1]):
            raise InputError(
                f"data: expected a mask for {image}, got no {found[-1]}"
            )
    return Segmented(
        FileSource(paths, name=images),
        FilesByIndex(found, read_classes),
        class_names=_names(os.path.join(root, "objectInfo150.txt")),
    )
