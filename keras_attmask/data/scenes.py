"""Scenes of photographed garments, with boxes and masks, for dense tasks.

The bundled photographs show one garment each on black, so its pixels are its
mask. A scene is several of them, tinted, in different sizes and places, on a
ground that varies. Nothing is downloaded, and nothing but the arrangement is
made up.
"""

import dataclasses

import numpy as np

from keras_attmask.data.bundled import open_bundled
from keras_attmask.data.garments import cut_out
from keras_attmask.data.source_types import ArraySource
from keras_attmask.errors import InputError

SPLITS = ("train", "test")
_TRIES = 30  # places that a garment is tried at before it is left out
_OVERLAP = 0.15  # most of a box that another one may cover


@dataclasses.dataclass(frozen=True, eq=False)
class Scenes:
    """Images with what is on them.

    Args:
        images: uint8 `(n, H, W, 3)`.
        boxes: float32 `(n, most, 4)`, left, top, right and bottom in pixels
            around what is seen of each garment; -1 where there is none.
        classes: int32 `(n, most)`; -1 where there is none.
        masks: uint8 `(n, H, W)`: 0 is ground, 1 + class a garment.
        class_names: of `classes`.
    """

    images: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray
    masks: np.ndarray
    class_names: tuple

    def __len__(self):
        return len(self.images)

    @property
    def source(self):
        """The images as a source, see `source_types`."""
        return ArraySource(self.images, name="scenes")


def _ground(random, size):
    """A dark colour that runs into another, with a little noise."""
    height, width = size
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j] - 0.5
    share = np.clip(0.5 + np.cos(angle) * x + np.sin(angle) * y, 0, 1)
    first, second = random.uniform(0, 80, (2, 3))
    ground = first + share[..., None] * (second - first)  # (H, W, 3)
    return ground + random.normal(0, 4, ground.shape)


def _covered(box, others):
    """Greatest share that a box and one of the others have in common."""
    most = 0.0
    for other in others:
        sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
        common = np.prod(np.maximum(sides, 0))
        areas = [np.prod(b[2:] - b[:2]) for b in (box, other)]
        most = max(most, common / min(areas))
    return most


def _place(random, shape, size, others):
    """A box for a cut-out among others, or None where there is no room."""
    room = np.array(size) - shape
    if room.min() < 0:
        return None
    for _ in range(_TRIES):
        corner = random.integers(0, room + 1)
        box = np.concatenate([corner, corner + shape])  # top, left, ...
        if _covered(box, others) <= _OVERLAP:
            return box
    return None


def _scene(random, pictures, size, garments, scale):
    """`(image, instances, classes)`; an instance's number is its place."""
    image, instances = _ground(random, size), np.zeros(size, "uint8")
    boxes, classes = [], []
    count = random.integers(garments[0], garments[1] + 1)
    for label in random.permutation(len(pictures))[:count]:
        picture = pictures[label][random.integers(len(pictures[label]))]
        grey, inside = cut_out(picture, random.uniform(*scale))
        tint = random.uniform(0.6, 1.0, 3)
        box = _place(random, grey.shape, size, boxes)
        if box is None:
            continue
        boxes.append(box)
        part = np.s_[box[0] : box[2], box[1] : box[3]]
        image[part][inside] = (grey[..., None] * tint)[inside]
        instances[part][inside] = len(boxes)
        classes.append(label)
    return np.clip(image, 0, 255).astype("uint8"), instances, classes


def _box_of(inside):
    """Left, top, right and bottom of what is seen."""
    rows, columns = (np.flatnonzero(inside.any(axis=a)) for a in (1, 0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _fail(name, expected, found):
    raise InputError(f"{name}: expected {expected}, got {found!r}")


def _pictures(split):
    """The photographs of a split as a list, an entry a class, and names."""
    if split not in SPLITS:
        _fail("split", " or ".join(SPLITS), split)
    bundled = open_bundled(f"fashion_mnist/{split}")
    names = bundled.class_names
    return [
        bundled.images[bundled.labels == label, ..., 0]
        for label in range(len(names))
    ], names


def _check(count, size, garments, scale, most):
    if count < 1:
        _fail("count", "1 or more", count)
    if len(size) != 2 or min(size) < 1:
        _fail("size", "(height, width) in pixels", size)
    if len(garments) != 2 or not 1 <= garments[0] <= garments[1] <= most:
        _fail("garments", f"(fewest, most) from 1 to {most}", garments)
    if len(scale) != 2 or not 0 < scale[0] <= scale[1]:
        _fail("scale", "(least, greatest) above 0", scale)
    if 28 * scale[1] > min(size):
        _fail("scale", f"28 pixels times it to fit in {tuple(size)}", scale)


def make_scenes(
    split, count, size=(112, 112), garments=(2, 4), scale=(1.0, 1.7), seed=0
):
    """Makes scenes of the bundled Fashion-MNIST photographs.

    Scene i is a function of the arguments and i. No class is on a scene
    twice. A garment that finds no place without hiding others is left out;
    the first always finds one.

    Args:
        split: "train" or "test": which photographs, none of which is both.
        count: scenes.
        size: `(height, width)` of a scene in pixels.
        garments: fewest and most of a scene.
        scale: least and greatest size, over the 28 pixels of a photograph.
        seed: whole number from 0.

    Returns:
        `Scenes`.

    Raises:
        InputError: an argument that cannot be used.

    Example:
        >>> scenes = make_scenes("train", 8)
        >>> scenes.images.shape, scenes.masks.shape, scenes.boxes.shape
        ((8, 112, 112, 3), (8, 112, 112), (8, 4, 4))
    """
    pictures, names = _pictures(split)
    _check(count, size, garments, scale, len(names))
    size, most = tuple(size), garments[1]
    images = np.empty((count, *size, 3), "uint8")
    masks = np.zeros((count, *size), "uint8")
    boxes = np.full((count, most, 4), -1, "float32")
    classes = np.full((count, most), -1, "int32")
    for index in range(count):
        random = np.random.default_rng((seed, SPLITS.index(split), index))
        images[index], instances, labels = _scene(
            random, pictures, size, garments, scale
        )
        for place, label in enumerate(labels):
            inside = instances == place + 1
            if inside.any():
                masks[index][inside] = 1 + label
                boxes[index, place] = _box_of(inside)
                classes[index, place] = label
    return Scenes(images, boxes, classes, masks, names)
