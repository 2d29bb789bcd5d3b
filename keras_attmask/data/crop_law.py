"""Where a random resized crop lies: the law, apart from any pixel.

Ten attempts at an area fraction and a log-uniform aspect ratio; the first
box that fits is taken, else the largest centred box with an allowed ratio
(torchvision's `RandomResizedCrop.get_params`). All boxes of a batch are
drawn at once, from counters, by `keras.ops` on the device or by NumPy on
the host.
"""

import numpy as np
from keras import ops as keras_ops

from keras_attmask import counter_random

_ATTEMPTS = 10
RATIO = (3 / 4, 4 / 3)  # width over height


def crop_numbers(key, ops=keras_ops):
    """What chance decides about a crop, whatever the image's size.

    Args:
        key: int32 array `(...)`, see `counter_random`.
        ops: `keras.ops`, or `numpy` for work on the host.

    Returns:
        float32 array `(..., 4, 10)`, 0 to 1: share of the area, aspect,
        place from the top and from the left, for each attempt.
    """
    keys = counter_random.draws(key, 4, ops)
    return counter_random.uniform(
        counter_random.draws(keys, _ATTEMPTS, ops), ops=ops
    )


def _attempts(numbers, height, width, scale, ratio, ops):
    share, slant, down, across = (numbers[..., n, :] for n in range(4))
    area = (scale[0] + (scale[1] - scale[0]) * share) * height * width
    low, high = float(np.log(ratio[0])), float(np.log(ratio[1]))
    aspect = ops.exp(low + (high - low) * slant)
    crop_width = ops.round(ops.sqrt(area * aspect))
    crop_height = ops.round(ops.sqrt(area / aspect))
    top = ops.floor(down * (height - crop_height + 1.0))
    left = ops.floor(across * (width - crop_width + 1.0))
    return ops.stack([top, left, crop_height, crop_width], axis=-1)


def _fallback(height, width, ratio):
    crop_height, crop_width = float(height), float(width)
    if width / height < ratio[0]:
        crop_height = float(round(width / ratio[0]))
    elif width / height > ratio[1]:
        crop_width = float(round(height * ratio[1]))
    top = (height - crop_height) // 2
    left = (width - crop_width) // 2
    return [top, left, crop_height, crop_width]


def crop_of(numbers, height, width, scale, ratio=RATIO, ops=keras_ops):
    """The crops that numbers mean on an image of some size.

    Args:
        numbers: see `crop_numbers`.
        height: image height in pixels, one Python integer for all crops.
        width: image width in pixels, likewise.
        scale: `(low, high)`, the crop's share of the image's area; numbers,
            or arrays `(..., 1)` with one a crop.
        ratio: `(low, high)`, width over height, drawn log-uniformly.
        ops: `keras.ops`, or `numpy` for work on the host.

    Returns:
        float32 array `(..., 4)`: top, left, height, width, whole pixels.
    """
    boxes = _attempts(numbers, height, width, scale, ratio, ops)
    crop_height, crop_width = boxes[..., 2], boxes[..., 3]
    fits = ops.logical_and(
        ops.logical_and(crop_height > 0, crop_height <= height),
        ops.logical_and(crop_width > 0, crop_width <= width),
    )
    # The earliest fit has the largest weight.
    weight = ops.arange(_ATTEMPTS, 0, -1)
    first = ops.argmax(ops.where(fits, weight, 0), axis=-1)
    first = ops.expand_dims(ops.expand_dims(first, -1), -1)
    chosen = ops.take_along_axis(boxes, first, axis=-2)[..., 0, :]
    fallback = np.asarray(_fallback(height, width, ratio), "float32")
    found = ops.expand_dims(ops.any(fits, axis=-1), -1)
    return ops.where(found, chosen, fallback)
