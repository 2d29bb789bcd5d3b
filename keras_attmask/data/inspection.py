"""Looks at every image of a source before anybody trains on it."""

import concurrent.futures
import dataclasses
import os

from keras_attmask.data.unreadable import reason_of
from keras_attmask.errors import InputError

_WINDOW = 256  # images that wait for their turn at any time


@dataclasses.dataclass
class Inspection:
    """What is known of the images of a source.

    Attributes:
        images: how many there are.
        unreadable: `(name, reason)` of each that cannot be decoded.
        small: `(name, (height, width))` of each that is smaller than a
            patch.
        smallest: least height and least width of the readable ones.
        largest: greatest height and greatest width.
        classes: number of classes, None without labels.
    """

    images: int
    unreadable: list = dataclasses.field(default_factory=list)
    small: list = dataclasses.field(default_factory=list)
    smallest: tuple = None
    largest: tuple = None
    classes: int = None

    @property
    def sound(self):
        """Whether nothing is wrong."""
        return not self.unreadable and not self.small

    def add(self, name, size, patch_size):
        """Takes down a readable image of `(height, width)`."""
        pairs = zip(self.smallest or size, size)
        self.smallest = tuple(min(pair) for pair in pairs)
        pairs = zip(self.largest or size, size)
        self.largest = tuple(max(pair) for pair in pairs)
        if min(size) < patch_size:
            self.small.append((name, tuple(size)))


def _look(source, index):
    """`(height, width)` of a decoded image, or what is wrong with it."""
    try:
        return source.read(index).shape[:2]
    except InputError as error:
        return reason_of(error)


def inspect_images(source, patch_size=1, progress=lambda count: None):
    """Decodes every image once.

    Args:
        source: any source, see `source_types`.
        patch_size: smaller images are named.
        progress: called with the number of images looked at, now and then.

    Returns:
        An `Inspection`.
    """
    found = Inspection(len(source))
    if source.labels is not None:
        found.classes = len(set(source.labels.tolist()))
    workers = len(os.sched_getaffinity(0))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(source), _WINDOW):
            window = range(start, min(start + _WINDOW, len(source)))
            seen = pool.map(lambda index: _look(source, index), window)
            for index, result in zip(window, seen):
                name = source.name_of(index)
                if isinstance(result, str):
                    found.unreadable.append((name, result))
                else:
                    found.add(name, result, patch_size)
            progress(window.stop)
    return found
