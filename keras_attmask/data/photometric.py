"""Colour, blur and solarisation, for each image of a batch by itself.

Everything is `keras.ops` on float32 `(B, H, W, C)` with values from 0 to 1,
so it runs inside the compiled step of any backend. The operations are those
of torchvision on Pillow images, without the rounding to bytes between them.
Saturation, hue and grey need three channels and leave others alone.
"""

import math

from keras import ops

_LUMA = (0.299, 0.587, 0.114)


def _per_image(values):
    """(B,) -> (B, 1, 1, 1)."""
    return ops.reshape(values, (-1, 1, 1, 1))


def grey(images):
    """Luma of RGB images (ITU-R 601), else the images: `(B, H, W, 1|C)`."""
    if images.shape[-1] != 3:
        return images
    weights = ops.convert_to_tensor(_LUMA, dtype=images.dtype)
    return ops.sum(images * weights, axis=-1, keepdims=True)


def _blend(images, target, factor):
    mixed = images * factor + target * (1.0 - factor)
    return ops.clip(mixed, 0.0, 1.0)


def adjust_brightness(images, factor):
    """Blends with black; `factor` `(B,)`, 1 keeps the image."""
    return _blend(images, 0.0, _per_image(factor))


def adjust_contrast(images, factor):
    """Blends with the mean grey of each image; `factor` `(B,)`."""
    mean = ops.mean(grey(images), axis=(1, 2), keepdims=True)
    return _blend(images, mean, _per_image(factor))


def adjust_saturation(images, factor):
    """Blends with the grey image; `factor` `(B,)`."""
    return _blend(images, grey(images), _per_image(factor))


def adjust_hue(images, shift):
    """Turns the hue by `shift` `(B,)`, in turns; RGB only."""
    if images.shape[-1] != 3:
        return images
    red, green, blue = (images[..., i] for i in range(3))
    value = ops.max(images, axis=-1)
    chroma = value - ops.min(images, axis=-1)
    safe = ops.where(chroma > 0, chroma, 1.0)
    hue = ops.where(
        ops.equal(value, red),
        (green - blue) / safe,
        ops.where(
            ops.equal(value, green),
            2.0 + (blue - red) / safe,
            4.0 + (red - green) / safe,
        ),
    )  # in sixths of a turn
    hue = hue + 6.0 * ops.reshape(shift, (-1, 1, 1))
    channels = []
    for offset in (5.0, 3.0, 1.0):
        place = ops.mod(offset + hue, 6.0)
        weight = ops.clip(ops.minimum(place, 4.0 - place), 0.0, 1.0)
        channels.append(value - chroma * weight)
    return ops.stack(channels, axis=-1)


def color_jitter(images, order, factors):
    """Brightness, contrast, saturation and hue, in an order of its own.

    Args:
        images: `(B, H, W, C)`.
        order: int32 `(B, 4)`: which operation (0 to 3, in the order named
            above) comes first, second, ...
        factors: float `(B, 4)`: brightness, contrast, saturation factors
            and hue shift.

    Returns:
        `(B, H, W, C)`.
    """
    used = 4 if images.shape[-1] == 3 else 2
    for position in range(4):
        turn = ops.expand_dims(order[:, position], -1)
        chosen = ops.equal(turn, ops.arange(4, dtype="int32"))
        factor = ops.sum(ops.where(chosen, factors, 0.0), axis=-1)
        mean = ops.mean(grey(images), axis=(1, 2), keepdims=True)
        target = ops.where(_per_image(chosen[:, 1]), mean, 0.0)
        blends = ops.logical_or(chosen[:, 0], chosen[:, 1])
        if used == 4:
            target = ops.where(_per_image(chosen[:, 2]), grey(images), target)
            blends = ops.logical_or(blends, chosen[:, 2])
        weight = ops.where(blends, factor, 1.0)
        images = _blend(images, target, _per_image(weight))
        if used == 4:
            shift = ops.where(chosen[:, 3], factor, 0.0)
            images = adjust_hue(images, shift)
    return images


def gaussian_blur(images, sigma, largest):
    """Separable Gaussian with a replicated border.

    Args:
        images: `(B, H, W, C)`.
        sigma: `(B,)` standard deviation in pixels; 0 keeps the image.
        largest: static bound of `sigma`; the kernel reaches three of it.

    Returns:
        `(B, H, W, C)`.
    """
    radius = max(math.ceil(3.0 * largest), 1)
    offset = ops.arange(-radius, radius + 1, dtype="float32")
    scale = ops.expand_dims(ops.maximum(sigma, 1e-3), -1)
    kernel = ops.exp(-0.5 * ops.square(offset / scale))
    kernel = kernel / ops.sum(kernel, axis=-1, keepdims=True)  # (B, taps)
    weights = ops.unstack(
        ops.reshape(kernel, (-1, 1, 1, 1, 2 * radius + 1)), axis=-1
    )
    for axis in (1, 2):
        size = images.shape[axis]
        places = ops.arange(-radius, size + radius)
        padded = ops.take(images, ops.clip(places, 0, size - 1), axis=axis)
        total = 0.0
        for tap, weight in enumerate(weights):
            part = (
                padded[:, tap : tap + size]
                if axis == 1
                else padded[:, :, tap : tap + size]
            )
            total = total + part * weight
        images = total
    return images


def solarize(images, threshold=128.0 / 255.0):
    """Inverts every value from the threshold upwards."""
    return ops.where(images >= threshold, 1.0 - images, images)


def normalize(images, mean, std):
    """(x - mean) / std for each channel."""
    dtype = images.dtype
    mean = ops.convert_to_tensor(mean, dtype=dtype)
    std = ops.convert_to_tensor(std, dtype=dtype)
    return (images - mean) / std
