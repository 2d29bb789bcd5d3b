"""From the scores of patches to the classes of pixels."""

import numpy as np

_STRIP = 8  # rows of pixels whose scores stay in the processor's cache


def enlarging(patches, pixels):
    """Matrix that enlarges a line of patches to pixels, bilinearly.

    Args:
        patches: values given, each in the middle of its share of pixels.
        pixels: values wanted.

    Returns:
        float32 `(pixels, patches)`; at both ends the outermost value goes
        on.
    """
    place = (np.arange(pixels) + 0.5) * patches / pixels - 0.5
    place = place.clip(0, patches - 1)
    distance = np.abs(place[:, None] - np.arange(patches))
    return np.maximum(0, 1 - distance).astype("float32")


class Pixels:
    """Enlarges scores to pixels, of which the greatest wins.

    Args:
        grid: `(rows, columns)` of patches.
        size: `(H, W)` in pixels.
    """

    def __init__(self, grid, size):
        self._grid = grid
        self._rows, self._columns = map(enlarging, grid, size)

    def classes(self, scores):
        """Classes of the pixels of one image.

        Args:
            scores: `(N, K)`, patches row by row.

        Returns:
            int64 `(H, W)`.
        """
        maps = scores.astype("float32").reshape(*self._grid, -1)
        found = np.empty((len(self._rows), len(self._columns)), "int64")
        # All at once would be K times as large as an image.
        for start in range(0, len(found), _STRIP):
            strip = slice(start, start + _STRIP)
            patches = np.tensordot(self._rows[strip], maps, 1)
            pixels = np.matmul(self._columns, patches)  # (strip, W, K)
            found[strip] = pixels.argmax(axis=-1)
        return found
