"""Reading photographs and cutting their views on the host, by NumPy, Pillow."""

import functools
import math

import numpy as np
from PIL import Image

from keras_attmask import counter_random
from keras_attmask.data.crop_law import RATIO
from keras_attmask.data.unreadable import readable
from keras_attmask.data.view_draws import cut_numbers
from keras_attmask.data.view_draws import cuts_of


def enough_pixels(law):
    """How many pixels of a photograph the views can use at most.

    An image with more is decoded at a half, a quarter or an eighth of its
    size where its format can: then the smallest crop that the law allows
    still has twice the pixels of its view.
    """
    return max(
        math.ceil(2 * kind.size**2 / (kind.scale[0] * RATIO[0]))
        for kind in law.kinds.values()
    )


def cut_views(image, boxes, flips, views):
    """Cuts square views from an image.

    Args:
        image: a `PIL.Image.Image`, RGB or "L".
        boxes: float `(V, 4)`: top, left, height, width in pixels.
        flips: bool `(V,)`.
        views: uint8 array `(V, S, S, C)`, which takes the views.
    """
    size = views.shape[1:3]
    boxes = boxes.astype("int64").tolist()
    for view, (top, left, height, width), flip in zip(views, boxes, flips):
        # Crop first: `resize(box=...)` would look over the edges of the box.
        cut = image.crop((left, top, left + width, top + height))
        cut = cut.resize(size, Image.Resampling.BICUBIC)
        if flip:
            cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        view.reshape(-1)[:] = np.frombuffer(cut.tobytes(), "uint8")


class PhotoViews:
    """Makes the views of some images of a source.

    Boxes and flips follow from seed, epoch, index and the number of the
    view, so the views do not depend on how many threads cut them. Decoding
    and resizing are Pillow's, which on one core are faster than TensorFlow's
    image operations and, by definition, the reference of the method.

    Args:
        source: a source with `open`, see `source_types`.
        law: a `ViewLaw`.
        seed: a whole number, 0 or more.
        channels: C, 3 or 1 (luma).
        unreadable: an `Unreadable` that takes down images that cannot be
            read; the next readable image stands in.

    Attributes:
        count: images of the source.
    """

    def __init__(self, source, law, seed, channels=3, unreadable=None):
        self._open = functools.partial(source.open, enough=enough_pixels(law))
        self.count, self._seed = len(source), seed
        self._kinds = list(law.kinds.values())
        self._flip_probability = law.flip_probability
        # One draw for the views of all kinds: NumPy's calls cost more than
        # work. Scales are (V, 1): beside the attempts of each view.
        self._scale = [
            np.repeat(
                np.float32([kind.scale[end] for kind in self._kinds]),
                [kind.count for kind in self._kinds],
            )[:, None]
            for end in (0, 1)
        ]
        self._channels, self.unreadable = channels, unreadable

    @property
    def shapes(self):
        """Shape of the views of one image, kind by kind: `(V, S, S, C)`."""
        return [
            (kind.count, kind.size, kind.size, self._channels)
            for kind in self._kinds
        ]

    def keys(self, epoch, indices):
        """Keys of all views of some images, int32 `(n, G + L)`."""
        key = counter_random.fold_in(self._seed, int(epoch), np)
        keys = counter_random.fold_in(key, np.asarray(indices), np)
        numbers = np.arange(sum(kind.count for kind in self._kinds))
        return counter_random.fold_in(keys[:, None], numbers, np)

    def __call__(self, epoch, indices):
        """Reads images and cuts their views.

        Args:
            epoch: number of the epoch.
            indices: places in the source, int `(n,)`.

        Returns:
            A list of uint8 arrays `(n, V, S, S, C)`, one a kind of views.
        """
        crops, flips = cut_numbers(self.keys(epoch, indices), np)
        made = [np.empty((len(indices), *s), "uint8") for s in self.shapes]
        for row, index in enumerate(indices):
            numbers = crops[row], flips[row]
            self._cut(index, numbers, [views[row] for views in made])
        return made

    def _cut(self, index, numbers, made):
        image = readable(self._open, index, self.count, self.unreadable)
        mode = "L" if self._channels == 1 else "RGB"
        if image.mode != mode:
            image = image.convert(mode)
        boxes, flips = cuts_of(
            numbers,
            image.height,
            image.width,
            self._scale,
            self._flip_probability,
            np,
        )
        for kind, views in zip(self._kinds, made):
            own = slice(kind.first, kind.first + kind.count)
            cut_views(image, boxes[own], flips[own], views)
