"""Photographs at their own shapes, made small, as landmarks are searched."""

import math

from PIL import Image

from keras_attmask.data.image_files import decode_image
from keras_attmask.data.image_files import read_file
from keras_attmask.data.source_types import PhotoSource


def thumbnail_size(width, height, longest):
    """Size of `PIL.Image.thumbnail`: never larger, the aspect ratio kept.

    Args:
        width: of the photograph in pixels.
        height: likewise.
        longest: pixels of the longer side.

    Returns:
        `(width, height)`.
    """
    if max(width, height) <= longest:
        return width, height
    aspect = width / height
    shorter = longest * min(aspect, 1 / aspect)
    # Down or up, whichever changes the aspect ratio less.
    down, up = max(math.floor(shorter), 1), max(math.ceil(shorter), 1)
    if aspect <= 1:
        return min(down, up, key=lambda n: abs(aspect - n / longest)), longest
    return longest, min(down, up, key=lambda n: abs(aspect - longest / n))


class Thumbnails(PhotoSource):
    """Photographs or parts of them, each at one of few shapes.

    A photograph is cut to its box, if it has one, and made small until its
    longer side is `longest`. What then does not fill a step at the right and
    below is left out, as a patch embedding would leave it. A side shorter
    than `shortest` is stretched to it. The camera's rotation (EXIF) is not
    applied: boxes belong to the pixels as they are stored.

    Args:
        photographs: a pair `(path, box)` each; a box is left, top, right and
            bottom in pixels, or None for the whole.
        longest: pixels of the longer side.
        step: all sides are multiples of it.
        shortest: the shortest side, a multiple of `step`.
        name: what errors call the source.
    """

    def __init__(self, photographs, longest, step, shortest, name):
        super().__init__(list(photographs), None, None, name)
        self.longest = longest
        self.step = step
        self.shortest = shortest

    def take(self, indices):
        """A source of the images at `indices`, in that order."""
        rest = self.longest, self.step, self.shortest, self.name
        return Thumbnails(self._pick(indices), *rest)

    def name_of(self, index):
        return self._items[index][0]

    def _encoded(self, index):
        return read_file(self._items[index][0])

    def _box(self, index, width, height):
        """Whole pixels inside of the photograph, one or more."""
        box = self._items[index][1]
        if box is None:
            return 0, 0, width, height
        left, top, right, bottom = (round(number) for number in box)
        left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
        right, bottom = min(right, width), min(bottom, height)
        return left, top, max(right, left + 1), max(bottom, top + 1)

    def _resized(self, box):
        """`(width, height)` before what fills no step is left out."""
        left, top, right, bottom = box
        size = thumbnail_size(right - left, bottom - top, self.longest)
        return tuple(max(side, self.shortest) for side in size)

    def size(self, index):
        """`(height, width)` of one image, not decoded."""
        height, width = super().size(index)
        width, height = self._resized(self._box(index, width, height))
        step = self.step
        return height // step * step, width // step * step

    def open(self, index, enough=None):
        """One image: an RGB `PIL.Image.Image`."""
        image = decode_image(
            self._encoded(index), self.name_of(index), upright=False
        )
        box = self._box(index, image.width, image.height)
        size = self._resized(box)
        # Twice the size first, by means: as `thumbnail` goes about it.
        image = image.crop(box).resize(
            size, Image.Resampling.LANCZOS, reducing_gap=2.0
        )
        width, height = (side // self.step * self.step for side in size)
        return image.crop((0, 0, width, height))
