"""ImageNet-9: images of nine classes before other backgrounds.

"Noise or Signal: The Role of Image Backgrounds in Object Recognition", arXiv
2006.09994. As downloaded, a folder holds one folder a variation, and each of
those `val/00_dog` to `val/08_fish`. The table from the classes of ImageNet to
these nine, `in_to_in9.json`, comes with the code beside the data.
"""

import json
import os
import re

import numpy as np

from keras_attmask.data.image_files import list_images
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

VARIATIONS = (
    "mixed_next",
    "mixed_rand",
    "mixed_same",
    "no_fg",
    "only_bg_b",
    "only_bg_t",
    "only_fg",
    "original",
)
CLASSES = 9
CLASS_MAP = "in_to_in9.json"
_CLASS = re.compile(r"0([0-8])_.+")


def _place(folder, variation):
    """Where the class folders of a variation lie."""
    below = os.path.join(folder, variation, "val")
    return below if os.path.isdir(below) else os.path.dirname(below)


def _class_folders(place):
    """Names of class folders by their numbers."""
    if not os.path.isdir(place):
        return {}
    names = sorted(filter(_CLASS.fullmatch, os.listdir(place)))
    return {int(_CLASS.fullmatch(name)[1]): name for name in names}


def is_imagenet9(path):
    """Whether a folder holds a variation of ImageNet-9.

    Args:
        path: of anything.
    """
    return any(_class_folders(_place(path, name)) for name in VARIATIONS)


def open_imagenet9(path):
    """Opens the variations of ImageNet-9 that a folder holds.

    Args:
        path: of the folder; `val` may be missing between a variation and its
            classes.

    Returns:
        A dict from a variation's name to its `FileSource`, whose labels are
        0 to 8 and whose class names are those of the folders.

    Raises:
        InputError: where there is no variation, or one with a class missing
            or empty.
    """
    found = {
        name: _opened(_place(path, name))
        for name in VARIATIONS
        if os.path.isdir(os.path.join(path, name))
    }
    if not found:
        raise InputError(
            f"data: expected a folder of ImageNet-9 that holds any of "
            f"{', '.join(VARIATIONS)}, got {os.fspath(path)!r}"
        )
    return found


def _opened(place):
    folders = _class_folders(place)
    paths, labels = [], []
    for number in range(CLASSES):
        name = folders.get(number)
        images = list_images(os.path.join(place, name)) if name else []
        if not images:
            raise InputError(
                f"data: expected images in {place}/{name or f'0{number}_...'}"
                ", got none"
            )
        paths += images
        labels += [number] * len(images)
    names = [folders[number] for number in range(CLASSES)]
    return FileSource(paths, labels, names, place)


def read_class_map(path, count):
    """The table from other classes to the nine.

    Args:
        path: of a JSON file of one object, from the numbers of classes as
            texts to 0 to 8, or -1 for what is none of the nine.
        count: K, of classes to translate.

    Returns:
        int64 `(K,)`.

    Raises:
        InputError: for a file that cannot be read or is no such table.
    """
    try:
        with open(path, encoding="utf-8") as file:
            table = json.load(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"class_map: expected {CLASS_MAP} of ImageNet-9, got "
            f"{os.fspath(path)!r} ({reason})"
        ) from error
    wanted = [str(number) for number in range(count)]
    if not isinstance(table, dict) or sorted(table) != sorted(wanted):
        found = len(table) if isinstance(table, dict) else "none"
        raise InputError(
            f"class_map: expected the numbers 0 to {count - 1} of the head's "
            f"classes in {os.fspath(path)!r}, got {found} of them or others"
        )
    values = [table[number] for number in wanted]
    if not all(type(v) is int and -1 <= v < CLASSES for v in values):
        raise InputError(
            f"class_map: expected -1 to {CLASSES - 1} for each class in "
            f"{os.fspath(path)!r}, got something else"
        )
    return np.array(values, "int64")
