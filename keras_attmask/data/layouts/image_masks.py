"""A folder of images and a folder of masks.

    folder/train/images/a.jpg     folder/train/masks/a.png
    folder/test/images/b.jpg      folder/test/masks/b.png

test/ may be called val/ or validation/. A folder that holds images/ and
masks/ themselves is one part alone.
"""

import os

from keras_attmask.data.files_by_index import FilesByIndex
from keras_attmask.data.image_files import list_images
from keras_attmask.data.segmented import Segmented
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

_NAMES = {"train": ("train",), "val": ("test", "val", "validation")}
_INNER = ("images", "masks")


def _holds_both(folder):
    return all(os.path.isdir(os.path.join(folder, name)) for name in _INNER)


def _part_of(path, split):
    """The folder of a split, or None where there is none."""
    folders = [os.path.join(path, name) for name in _NAMES[split]]
    return next(filter(_holds_both, folders), None)


def has_both_parts(path):
    """Whether a folder holds images to learn from and to measure on."""
    return all(_part_of(path, split) for split in _NAMES)


def is_image_masks(path):
    """Whether a folder is of this layout."""
    return _holds_both(path) or any(_part_of(path, s) for s in _NAMES)


def open_image_masks(path, split="val"):
    """Opens a folder of images and masks.

    Args:
        path: the folder, or one part of it.
        split: "train" or "val"; without meaning for one part alone.

    Returns:
        `Segmented`, images in sorted order. A mask has the path of its
        image, from the folders on, and ends in .png.

    Raises:
        InputError: a part, or the mask of an image, that is missing.
    """
    folder = path if _holds_both(path) else _part_of(path, split)
    if folder is None:
        raise InputError(
            f"data: expected {' or '.join(_NAMES[split])} with images/ and "
            f"masks/ in {path}, got none"
        )
    images, masks = (os.path.join(folder, name) for name in _INNER)
    paths = list_images(images)
    found = {}
    for image in paths:
        stem = os.path.splitext(os.path.relpath(image, images))[0]
        mask = os.path.join(masks, stem + ".png")
        if mask in found:
            raise InputError(
                f"data: expected one image a mask, got {found[mask]} and "
                f"{image} for {mask}"
            )
        if not os.path.isfile(mask):
            raise InputError(
                f"data: expected a mask for {image}, got no {mask}"
            )
        found[mask] = image
    return Segmented(FileSource(paths, name=images), FilesByIndex(found))
