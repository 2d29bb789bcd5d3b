"""Masks as patches see them, and back to pixels."""

import functools

import numpy as np
from PIL import Image


def resized_mask(mask, size):
    """A mask at another size, each pixel the nearest label.

    Args:
        mask: uint8 `(h, w)`.
        size: `(rows, columns)`.
    """
    # Pillow's own choice between equally near ones, as the official code's.
    image = Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST)
    return np.asarray(image)


def one_hot(mask, numbers):
    """Labels by pixel, float32 `(h * w, C)` for C numbers."""
    return (mask.reshape(-1, 1) == np.asarray(numbers)).astype("float32")


@functools.lru_cache(maxsize=8)
def _linear(length, factor):
    """Matrix that enlarges an axis, float32 `(length * factor, length)`.

    Linear between centres of pixels, constant beyond the outermost.
    """
    centre = (np.arange(length * factor) + 0.5) / factor - 0.5
    centre = np.clip(centre, 0, length - 1)
    distance = np.abs(centre[:, None] - np.arange(length))
    return np.maximum(1 - distance, 0).astype("float32")


def _spread(maps):
    """Each map from 0 to 1 over the picture, as the official code has it.

    A map without values above 0, or of one value, stays as it is.
    """
    least, most = (
        found(maps, axis=(1, 2), keepdims=True) for found in (np.min, np.max)
    )
    spread = (most > 0) & (most > least)
    return np.where(
        spread, (maps - least) / np.where(spread, most - least, 1), maps
    )


def mask_of(shares, grid, patch_size, size):
    """The label with the greatest share at each pixel of a frame.

    The shares are enlarged to the pixels that the backbone saw, bilinearly;
    those of each label are brought to the range from 0 to 1; the greatest
    wins, the first of equal ones; and each pixel of the frame takes the
    nearest.

    Args:
        shares: float32 `(N, C)`, patches row by row.
        grid: `(rows, columns)` of patches, N = rows * columns.
        patch_size: side of a patch in pixels.
        size: `(rows, columns)` of the frame in pixels.

    Returns:
        uint8 `size`, from 0 to C - 1.
    """
    maps = shares.T.reshape(-1, *grid)
    down, across = (_linear(length, patch_size) for length in grid)
    maps = _spread(down @ maps @ across.T)  # (C, H, W)
    return resized_mask(maps.argmax(axis=0).astype("uint8"), size)
