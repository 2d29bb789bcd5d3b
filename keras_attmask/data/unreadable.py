"""Images that cannot be read: stepped over, counted, named."""

import threading

from keras_attmask.errors import InputError


class Unreadable:
    """What a run has found wrong with its images, up to a limit.

    Args:
        limit: share of the images that may be unreadable, 0 to 1.

    Attributes:
        reasons: a dict from an image's index to what is wrong with it.
    """

    def __init__(self, limit=0.01):
        self._limit = limit
        self.reasons = {}
        self._lock = threading.Lock()  # readers are many threads

    def add(self, index, count, reason):
        """Takes down one image.

        Args:
            index: its place in the source.
            count: how many images the source has.
            reason: what is wrong with it, naming the file.

        Raises:
            InputError: when more than the allowed share is unreadable.
        """
        with self._lock:
            self.reasons[int(index)] = reason
            bad = len(self.reasons)
        if bad > self._limit * count:
            raise InputError(
                f"data: expected at most {self._limit:.2%} unreadable images, "
                f"got {bad} of {count} so far, the last one: {reason}"
            )

    def stand_ins(self, indices, count):
        """Places of the images that were read for others.

        Args:
            indices: places that were asked for, int `(n,)`; reading them is
                over, so all that is wrong with them has been taken down.
            count: how many images the source has.

        Returns:
            `(n,)` of the same type.
        """
        if not self.reasons:
            return indices
        found = indices.copy()
        for row, index in enumerate(indices.tolist()):
            while index in self.reasons:
                index = (index + 1) % count
            found[row] = index
        return found


def reason_of(error):
    """What an `InputError` says is wrong, without the argument's name."""
    return str(error).removeprefix("data: ")


def readable(read, index, count, unreadable=None):
    """Reads an image, or in its place the next one that can be read.

    Which one stands in depends on the source alone, so every epoch and every
    worker finds the same.

    Args:
        read: `open` or `read` of a source, see `source_types`.
        index: the image's place in the source.
        count: how many images the source has.
        unreadable: an `Unreadable` that takes down what was stepped over.

    Returns:
        What `read` returns.

    Raises:
        InputError: when too many images, or all, are unreadable.
    """
    for step in range(count):
        place = (int(index) + step) % count
        try:
            return read(place)
        except InputError as error:
            latest = error
            if unreadable is not None:
                unreadable.add(place, count, reason_of(error))
    raise latest
