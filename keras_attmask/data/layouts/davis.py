"""DAVIS 2017: short films with a mask of each object in each frame.

"The 2017 DAVIS Challenge on Video Object Segmentation", arXiv 1704.00675, as
the archives of 480 lines unpack:

    DAVIS/ImageSets/2017/val.txt                     names of sequences
    DAVIS/JPEGImages/480p/bear/00000.jpg             frames
    DAVIS/Annotations/480p/bear/00000.png            numbers of objects
"""

import dataclasses
import os

import numpy as np

from keras_attmask.data.image_files import image_size
from keras_attmask.data.image_files import is_image
from keras_attmask.data.image_files import read_file
from keras_attmask.data.layouts.indexed_png import read_indexed
from keras_attmask.errors import InputError

_LISTS = os.path.join("ImageSets", "2017")
_FRAMES = os.path.join("JPEGImages", "480p")
_MASKS = os.path.join("Annotations", "480p")
VOID = 255  # the number of pixels that do not count


@dataclasses.dataclass(frozen=True)
class Sequence:
    """The frames of one film and their masks.

    Attributes:
        name: of its folders.
        frames: paths, in order.
        masks: paths, one a frame.
    """

    name: str
    frames: tuple
    masks: tuple

    def __len__(self):
        return len(self.frames)

    def mask(self, index):
        """Numbers of objects in a frame, uint8 `(h, w)`.

        0 is ground; pixels of `VOID` do not count.
        """
        return read_indexed(self.masks[index])[0]

    def first(self):
        """What is given of the first frame.

        Returns:
            `(mask, objects, palette)`: as `mask` has it, but with ground for
            `VOID`, the numbers of the objects that are there (a list), and
            uint8 `(256, 3)`.

        Raises:
            InputError: no object, or a mask of another size than the frame.
        """
        mask, palette = read_indexed(self.masks[0])
        mask[mask == VOID] = 0
        size = image_size(read_file(self.frames[0]), self.frames[0])
        if mask.shape != size:
            raise InputError(
                f"data: expected {size[0]}x{size[1]} pixels, those of the "
                f"frame, in {self.masks[0]}, got {mask.shape[0]}x"
                f"{mask.shape[1]}"
            )
        objects = [int(number) for number in np.unique(mask) if number]
        if not objects:
            raise InputError(
                f"data: expected an object in {self.masks[0]}, the first "
                "frame, got none"
            )
        return mask, objects, palette


def _root(path):
    """The folder that holds ImageSets/2017; None where there is none."""
    path = os.path.expanduser(os.fspath(path))
    for folder in (path, os.path.join(path, "DAVIS")):
        if os.path.isdir(os.path.join(folder, _LISTS)):
            return folder
    return None


def is_davis(path):
    """Whether a folder is DAVIS 2017 at 480 lines, or holds it."""
    root = _root(path)
    return root is not None and os.path.isdir(os.path.join(root, _FRAMES))


def _names(root, split):
    path = os.path.join(root, _LISTS, f"{split}.txt")
    if not os.path.isfile(path):
        known = sorted(
            name.removesuffix(".txt")
            for name in os.listdir(os.path.join(root, _LISTS))
            if name.endswith(".txt")
        )
        raise InputError(
            f"data: expected a split that {os.path.dirname(path)} lists "
            f"({', '.join(known) or 'none'}), got {split!r}"
        )
    text = read_file(path).decode("utf-8", "replace")
    names = list(dict.fromkeys(filter(None, map(str.strip, text.split("\n")))))
    for name in names:
        # Masks are written into folders of these names.
        if name in (".", "..") or name != os.path.basename(name):
            raise InputError(
                f"data: expected names of folders in {path}, got {name!r}"
            )
    if not names:
        raise InputError(
            f"data: expected names of sequences in {path}, got none"
        )
    return names


def _sequence(root, name):
    folder = os.path.join(root, _FRAMES, name)
    if not os.path.isdir(folder):
        raise InputError(f"data: expected a folder of frames, got {folder}")
    frames = sorted(filter(is_image, os.listdir(folder)))
    if len(frames) < 3:
        raise InputError(
            f"data: expected 3 frames or more in {folder}, since the first and "
            f"the last do not count, got {len(frames)}"
        )
    masks = [
        os.path.join(root, _MASKS, name, f"{os.path.splitext(frame)[0]}.png")
        for frame in frames
    ]
    for mask in masks:
        if not os.path.isfile(mask):
            raise InputError(f"data: expected a mask a frame, {mask} is none")
    paths = tuple(os.path.join(folder, frame) for frame in frames)
    return Sequence(name, paths, tuple(masks))


def open_davis(path, split="val", limit=None):
    """Opens DAVIS 2017 as it is published.

    Args:
        path: the folder DAVIS of the archive, or the one that holds it.
        split: name of a list in ImageSets/2017.
        limit: open that many sequences, the first; None opens all.

    Returns:
        A list of `Sequence`, in the order of the list.

    Raises:
        InputError: a part that is missing.
    """
    if limit is not None and limit < 1:
        raise InputError(f"limit: expected 1 sequence or more, got {limit}")
    root = _root(path)
    if root is None:
        raise InputError(
            "data: expected the folder DAVIS with ImageSets/2017, "
            f"JPEGImages/480p and Annotations/480p in it, got {path}"
        )
    return [_sequence(root, name) for name in _names(root, split)[:limit]]
