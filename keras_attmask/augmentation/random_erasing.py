"""Boxes of noise, for each image of a batch by itself (arXiv 1708.04896).

The law is that of timm's `RandomErasing` with one box and mode "pixel": each
pixel of the box is noise of its own, in images that are normalised already.
"""

import math

import numpy as np
from keras import ops

from keras_attmask import counter_random
from keras_attmask.augmentation.boxes import inside
from keras_attmask.once import once

AREA = (0.02, 1.0 / 3.0)  # share of the image
ASPECT = (0.3, 1.0 / 0.3)  # height over width
_ATTEMPTS = 10
# Numbers of the independent draws that are made from one image's key.
_HAPPENS, _BOX, _NOISE = range(3)


def _attempts(keys, height, width):
    """Boxes `(B, 10, 4)`, some of which do not fit."""
    numbers = counter_random.draws(keys, 4)  # (B, 4)
    u = counter_random.uniform(counter_random.draws(numbers, _ATTEMPTS))
    share, slant, down, across = ops.unstack(u, 4, axis=1)
    area = (AREA[0] + (AREA[1] - AREA[0]) * share) * (height * width)
    low, high = math.log(ASPECT[0]), math.log(ASPECT[1])
    aspect = ops.exp(low + (high - low) * slant)
    rows = ops.round(ops.sqrt(area * aspect))
    columns = ops.round(ops.sqrt(area / aspect))
    top = ops.floor(down * (height - rows + 1.0))
    left = ops.floor(across * (width - columns + 1.0))
    return ops.stack([top, left, rows, columns], axis=-1)


def draw_erasing(keys, probability, height, width):
    """Draws which images lose a box, and where it lies.

    Args:
        keys: int32 `(B,)`, one an image.
        probability: that an image loses one.
        height: of the images in pixels.
        width: likewise.

    Returns:
        float32 `(B, 4)`: top, left, height, width in pixels; zeros where
        nothing happens, as where none of ten boxes fits.
    """
    boxes = _attempts(counter_random.fold_in(keys, _BOX), height, width)
    fits = ops.logical_and(boxes[..., 2] < height, boxes[..., 3] < width)
    # The earliest fit has the largest weight.
    weight = np.arange(_ATTEMPTS, 0, -1, dtype="int32")
    weight = ops.where(fits, weight, 0)
    first = ops.logical_and(
        fits, ops.equal(weight, ops.max(weight, axis=-1, keepdims=True))
    )
    boxes = ops.sum(ops.where(first[..., None], boxes, 0.0), axis=1)
    u = counter_random.uniform(counter_random.fold_in(keys, _HAPPENS))
    return once(ops.where((u < probability)[:, None], boxes, 0.0))


def noise(keys, shape):
    """Noise of mean 0 and deviation 1, the same bits on every backend.

    The sum of the four bytes of a word is near enough to normal (it ends at
    3.5 deviations) and needs neither logarithm nor cosine.

    Args:
        keys: int32 `(B,)`, one an image.
        shape: of an image.

    Returns:
        float32 `(B, *shape)`.
    """
    numbers = np.arange(math.prod(shape)).reshape(1, *shape)
    keys = ops.reshape(keys, (-1,) + (1,) * len(shape))
    word = counter_random.fold_in(keys, numbers)
    pairs = ops.bitwise_and(word, 0x00FF00FF) + ops.bitwise_and(
        ops.right_shift(word, 8), 0x00FF00FF
    )
    total = ops.bitwise_and(pairs, 0xFFFF) + ops.right_shift(pairs, 16)
    deviation = math.sqrt(4 * (256**2 - 1) / 12)
    return (ops.cast(total, "float32") - 510.0) * (1.0 / deviation)


def erase(images, boxes, keys):
    """Fills boxes with noise.

    Args:
        images: float32 `(B, H, W, C)`, normalised.
        boxes: see `draw_erasing`.
        keys: int32 `(B,)`, those of `draw_erasing`.

    Returns:
        float32 `(B, H, W, C)`.
    """
    height, width = images.shape[1:3]
    keys = counter_random.fold_in(keys, _NOISE)
    chosen = inside(boxes, height, width)
    return ops.where(chosen, noise(keys, images.shape[1:]), images)
