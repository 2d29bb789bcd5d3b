"""Colour, blur and solarisation, for each image of a batch by itself.

Everything is `keras.ops` on float32 `(B, C, H, W)` with values from 0 to 1,
so it runs inside the compiled step of any backend. Channels come before
pixels: rows of one colour lie together, which a CPU's vector units need. The
operations are those of torchvision on Pillow images, without the rounding to
bytes between them. Saturation, hue and grey need three channels and leave
others alone.
"""

import math

import numpy as np
from keras import ops

from keras_attmask.once import once
from keras_attmask.once import stored

_LUMA = (0.299, 0.587, 0.114)
BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)


def _per_image(values):
    """(B,) -> (B, 1, 1, 1)."""
    return ops.reshape(once(values), (-1, 1, 1, 1))


def grey(images):
    """Luma of RGB images (ITU-R 601), else the images: `(B, 1|C, H, W)`."""
    if images.shape[1] != 3:
        return images
    red, green, blue = (images[:, i : i + 1] for i in range(3))
    return _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue


def _mix(images, factor, luma_share=None, offset=None):
    """x * f + l * luma + o, clipped; factors and shares are `(B,)`."""
    mixed = images * _per_image(factor)
    if luma_share is not None and images.shape[1] == 3:
        mixed = mixed + grey(images) * _per_image(luma_share)
    if offset is not None:
        mixed = mixed + _per_image(offset)
    return ops.clip(mixed, 0.0, 1.0)


def _mean_grey(images):
    return ops.mean(grey(images), axis=(1, 2, 3))  # (B,)


def adjust_brightness(images, factor):
    """Blends with black; `factor` `(B,)`, 1 keeps the image."""
    return _mix(images, factor)


def adjust_contrast(images, factor):
    """Blends with the mean grey of each image; `factor` `(B,)`."""
    return _mix(images, factor, None, (1.0 - factor) * _mean_grey(images))


def adjust_saturation(images, factor):
    """Blends with the grey image; `factor` `(B,)`."""
    if images.shape[1] != 3:
        return images
    return _mix(images, factor, 1.0 - factor)


def adjust_hue(images, shift):
    """Turns the hue by `shift` `(B,)`, in turns; RGB only.

    All angles are kept as products with the chroma, which spares a division
    and the case without one: `hue` is the angle in sixths of a turn.
    """
    if images.shape[1] != 3:
        return images
    red, green, blue = (images[:, i : i + 1] for i in range(3))
    value = ops.maximum(ops.maximum(red, green), blue)
    chroma = value - ops.minimum(ops.minimum(red, green), blue)
    hue = ops.where(
        ops.equal(value, red),
        green - blue,
        ops.where(
            ops.equal(value, green),
            2.0 * chroma + (blue - red),
            4.0 * chroma + (red - green),
        ),
    )
    sixths = 6.0 * (shift - ops.round(shift))  # -3 to 3
    hue = hue + chroma * _per_image(sixths)
    turn, half = 6.0 * chroma, 3.0 * chroma
    hue = hue + ops.where(hue < -half, turn, ops.where(hue < half, 0.0, -turn))
    # Cyan, magenta and yellow, where red, green and blue are at their least.
    opposite = np.float32([3.0, 1.0, -1.0]).reshape(1, 3, 1, 1)
    angle = ops.abs(hue + chroma * opposite)
    away = ops.minimum(angle, turn - angle)
    missing = ops.minimum(ops.maximum(2.0 * chroma - away, 0.0), chroma)
    return value - missing


def color_jitter(images, order, factors):
    """Brightness, contrast, saturation and hue, in an order of its own.

    The hue costs most, and each image turns it once: what comes before it,
    then the hue of all, then what comes after it.

    Args:
        images: `(B, C, H, W)`.
        order: int32 `(B, 4)`: which operation (0 to 3, in the order named
            above) comes first, second, ...
        factors: float `(B, 4)`: brightness, contrast, saturation factors
            and hue shift.

    Returns:
        `(B, C, H, W)`.
    """
    if images.shape[1] != 3:
        order = ops.where(ops.equal(order, SATURATION), HUE, order)
        return _blends(images, order, factors)
    place = ops.arange(4, dtype="int32")
    hue_at = ops.sum(
        ops.where(ops.equal(order, HUE), place, 0), axis=-1, keepdims=True
    )
    before = ops.where(place < hue_at, order, HUE)[:, :3]
    images = stored(_blends(images, before, factors))
    images = stored(adjust_hue(images, factors[:, HUE]))
    after = ops.where(place > hue_at, order, HUE)[:, 1:]
    return _blends(images, after, factors)


def _blends(images, order, factors):
    """Blends one after another, `HUE` standing for none.

    The one mean that contrast needs is taken first, of the images as they
    will be then; all blends are one loop over the pixels after that.
    """
    place = ops.arange(order.shape[1], dtype="int32")
    chosen = ops.equal(ops.expand_dims(order, -1), ops.arange(HUE))
    shares = ops.cast(chosen, "float32")  # (B, places, 3)
    factor = ops.sum(shares * ops.expand_dims(factors[:, :HUE], 1), axis=-1)
    factor = ops.where(order < HUE, factor, 1.0)
    luma_share = (1.0 - factor) * shares[..., SATURATION]
    mean_share = (1.0 - factor) * shares[..., CONTRAST]
    contrast_at = ops.sum(
        ops.where(ops.equal(order, CONTRAST), place, 0), axis=-1, keepdims=True
    )
    earlier = place < contrast_at
    seen = images
    for n in range(order.shape[1] - 1):
        seen = _mix(
            seen,
            ops.where(earlier[:, n], factor[:, n], 1.0),
            ops.where(earlier[:, n], luma_share[:, n], 0.0),
        )
    mean = _mean_grey(seen)
    for n in range(order.shape[1]):
        images = _mix(
            images, factor[:, n], luma_share[:, n], mean_share[:, n] * mean
        )
    return images


def _widened(images, radius, axis):
    """Repeats the border pixels `radius` times on both sides."""
    size = images.shape[axis]
    cut = [slice(None)] * 4
    cut[axis] = slice(0, 1)
    first = ops.repeat(images[tuple(cut)], radius, axis=axis)
    cut[axis] = slice(size - 1, size)
    last = ops.repeat(images[tuple(cut)], radius, axis=axis)
    return ops.concatenate([first, images, last], axis=axis)


def gaussian_blur(images, sigma, largest):
    """Separable Gaussian with a replicated border.

    Args:
        images: `(B, C, H, W)`.
        sigma: `(B,)` standard deviation in pixels; 0 keeps the image.
        largest: static bound of `sigma`; the kernel reaches three of it.

    Returns:
        `(B, C, H, W)`.
    """
    radius = max(math.ceil(3.0 * largest), 1)
    offset = ops.arange(-radius, radius + 1, dtype="float32")
    scale = ops.expand_dims(ops.maximum(sigma, 1e-3), -1)
    kernel = ops.exp(-0.5 * ops.square(offset / scale))
    kernel = kernel / ops.sum(kernel, axis=-1, keepdims=True)  # (B, taps)
    weights = ops.unstack(
        ops.reshape(once(kernel), (-1, 1, 1, 1, 2 * radius + 1)), axis=-1
    )
    height, width = images.shape[2:]
    wide = _widened(_widened(images, radius, 2), radius, 3)
    rows = (wide[:, :, n : n + height] * w for n, w in enumerate(weights))
    wide = stored(sum(rows))
    columns = (wide[..., n : n + width] * w for n, w in enumerate(weights))
    # A second user of the rows' sums, or XLA would not store them after all.
    return sum(columns) * _per_image(1.0 + 0.0 * wide[:, 0, 0, 0])


def solarize(images, threshold=128.0 / 255.0):
    """Inverts every value from the threshold upwards."""
    return ops.where(images >= threshold, 1.0 - images, images)
