"""Colour, blur and solarisation, for each image of a batch by itself.

Everything is `keras.ops` on float32 `(B, C, H, W)` with values from 0 to 1,
so it runs inside the compiled step of any backend. Channels come before
pixels: rows of one colour lie together, which a CPU's vector units need. The
operations are those of torchvision on Pillow images, without the rounding to
bytes between them. Saturation, hue and grey need three channels and leave
others alone.
"""

import math

from keras import ops

from keras_attmask.data.once import once

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


def _blend(images, factor, mean_share, grey_share):
    """x * f + (1 - f) * (m * mean grey + g * grey), clipped; all `(B,)`."""
    rest = 1.0 - factor
    luma = grey(images)
    mean = ops.mean(luma, axis=(2, 3), keepdims=True)
    mixed = images * _per_image(factor) + mean * _per_image(rest * mean_share)
    if images.shape[1] == 3:
        mixed = mixed + luma * _per_image(rest * grey_share)
    return ops.clip(mixed, 0.0, 1.0)


def adjust_brightness(images, factor):
    """Blends with black; `factor` `(B,)`, 1 keeps the image."""
    return ops.clip(images * _per_image(factor), 0.0, 1.0)


def adjust_contrast(images, factor):
    """Blends with the mean grey of each image; `factor` `(B,)`."""
    return _blend(images, factor, 1.0, 0.0)


def adjust_saturation(images, factor):
    """Blends with the grey image; `factor` `(B,)`."""
    if images.shape[1] != 3:
        return images
    return _blend(images, factor, 0.0, 1.0)


def _sixths(turns):
    """Angles in sixths of a turn, brought to [0, 6)."""
    return turns - 6.0 * ops.floor(turns * (1.0 / 6.0))


def adjust_hue(images, shift):
    """Turns the hue by `shift` `(B,)`, in turns; RGB only."""
    if images.shape[1] != 3:
        return images
    red, green, blue = (images[:, i] for i in range(3))
    value = ops.maximum(ops.maximum(red, green), blue)
    chroma = value - ops.minimum(ops.minimum(red, green), blue)
    scale = 1.0 / ops.where(chroma > 0, chroma, 1.0)
    hue = ops.where(
        ops.equal(value, red),
        (green - blue) * scale,
        ops.where(
            ops.equal(value, green),
            2.0 + (blue - red) * scale,
            4.0 + (red - green) * scale,
        ),
    )  # in sixths of a turn
    hue = hue + 6.0 * ops.reshape(shift, (-1, 1, 1))
    channels = []
    for offset in (5.0, 3.0, 1.0):
        place = _sixths(hue + offset)
        weight = ops.clip(ops.minimum(place, 4.0 - place), 0.0, 1.0)
        channels.append(value - chroma * weight)
    return ops.stack(channels, axis=1)


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
    place = ops.arange(4, dtype="int32")
    if images.shape[1] != 3:
        for position in range(4):
            images = _blend_at(images, order, factors, position, True)
        return images
    hue_at = ops.sum(ops.where(ops.equal(order, HUE), place, 0), axis=-1)
    for position in (0, 1, 2):
        before = position < hue_at
        images = _blend_at(images, order, factors, position, before)
    images = adjust_hue(images, factors[:, HUE])
    for position in (1, 2, 3):
        after = position > hue_at
        images = _blend_at(images, order, factors, position, after)
    return images


def _blend_at(images, order, factors, position, active):
    """The operation at one position of the order, unless it is the hue."""
    turn = order[:, position]
    chosen = ops.equal(ops.expand_dims(turn, -1), ops.arange(4, dtype="int32"))
    factor = ops.sum(ops.where(chosen, factors, 0.0), axis=-1)
    blending = HUE if images.shape[1] == 3 else SATURATION
    blends = ops.logical_and(turn < blending, active)
    factor = ops.where(blends, factor, 1.0)
    shares = ops.cast(chosen, "float32")
    return _blend(images, factor, shares[:, CONTRAST], shares[:, SATURATION])


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
    for axis in (2, 3):
        size, wide = images.shape[axis], _widened(images, radius, axis)
        total = 0.0
        for tap, weight in enumerate(weights):
            rows = slice(tap, tap + size)
            part = wide[:, :, rows] if axis == 2 else wide[:, :, :, rows]
            total = total + part * weight
        images = total
    return images


def solarize(images, threshold=128.0 / 255.0):
    """Inverts every value from the threshold upwards."""
    return ops.where(images >= threshold, 1.0 - images, images)
