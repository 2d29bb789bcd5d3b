"""RandAugment for each image of a batch by itself (arXiv 1909.13719).

Of 14 operations each image draws its own. None is done by itself and chosen
afterwards: saturation and sharpness are one blend each, whatever changes a
value by its value alone is one table (`tone_tables`), whatever moves pixels
is one map (`affine`), and an image that drew none of a kind has factor 1,
the table that changes nothing or the map that moves nothing.

The operations and their ranges are torchvision's `RandAugment` with signs
drawn as there; magnitudes reach from 0 to 10 with normal noise, as in timm's
"rand-m9-mstd0.5-inc1". It differs from both in this:

- Sharpness comes first, then saturation, tables in the order drawn, then
  movement in the order drawn. Two of a kind of the first two multiply their
  factors.
- Several movements interpolate once (bilinear), and what they leave empty
  has the given colour, which no other operation changes.
- Pixels are rounded to bytes once, between saturation and tables, not after
  every operation.
- Solarisation has threshold 256 at magnitude 0, so it changes nothing there.
- Each operation drawn is done; timm leaves out every second one by chance.
"""

from keras import ops

from keras_attmask.augmentation.affine import affine_of
from keras_attmask.augmentation.affine import warp
from keras_attmask.augmentation.indexing import picked
from keras_attmask.augmentation.indexing import summed_by_level
from keras_attmask.augmentation.rand_draws import strength
from keras_attmask.augmentation.tone_tables import LEVELS
from keras_attmask.augmentation.tone_tables import apply_tones
from keras_attmask.boundary import apart
from keras_attmask.data.photometric import grey
from keras_attmask.once import once

_WHITE = 255.0
_ENHANCE = 0.9  # how far factors go from 1


def _per_image(values):
    """(B,) -> (B, 1, 1, 1)."""
    return ops.reshape(once(values), (-1, 1, 1, 1))


def saturate(images, factor):
    """Blends with the grey image; RGB only, others stay as they are.

    Args:
        images: float32 `(B, C, H, W)`, 0 to 255.
        factor: float32 `(B,)`, 1 keeps the image.

    Returns:
        float32 `(B, C, H, W)`.
    """
    if images.shape[1] != 3:
        return images
    factor = _per_image(factor)
    mixed = images * factor + grey(images) * (1.0 - factor)
    return ops.clip(mixed, 0.0, _WHITE)


def sharpen(images, factor):
    """Blends with the smoothed image, whose border stays as it is.

    The smoothed value is a mean of 3 x 3 pixels, where the pixel itself
    counts five times: Pillow's `ImageFilter.SMOOTH`.

    Args:
        images: float32 `(B, C, H, W)`, 0 to 255, two pixels or more a side.
        factor: float32 `(B,)`, 1 keeps the image.

    Returns:
        float32 `(B, C, H, W)`.
    """
    rows = images[:, :, :-2] + images[:, :, 1:-1] + images[:, :, 2:]
    nine = rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]
    change = (nine - 9.0 * images[:, :, 1:-1, 1:-1]) * (1.0 / 13.0)
    change = ops.pad(change, ((0, 0), (0, 0), (1, 1), (1, 1)))
    sharpened = images + change * (1.0 - _per_image(factor))
    return ops.clip(sharpened, 0.0, _WHITE)


def look_up(images, tables):
    """What tables make of whole numbers.

    Args:
        images: float32 `(B, C, H, W)`, whole numbers from 0 to 255.
        tables: a function from counts `(B, C, 256)` of the numbers to what
            becomes of each, `(B, C, 256)`.

    Returns:
        float32 `(B, C, H, W)`.
    """
    channels, height, width = images.shape[1:]
    flat = ops.reshape(images, (-1, channels, height * width))
    levels = ops.cast(flat, "int32")
    counts = summed_by_level(ops.ones_like(flat), levels, LEVELS)
    found = picked(apart(tables(counts)), levels)
    return ops.reshape(found, (-1, channels, height, width))


def rand_augment(images, drawn, fill):
    """Does to images what was drawn for them.

    Args:
        images: float32 `(B, C, H, W)`, whole numbers from 0 to 255; any
            number of channels.
        drawn: see `rand_draws.draw_operations`.
        fill: C numbers from 0 to 255, the colour of what comes into the
            picture from outside.

    Returns:
        float32 `(B, C, H, W)`, 0 to 255.
    """
    height, width = images.shape[2:]
    for blend, name in ((sharpen, "sharpness"), (saturate, "color")):
        factors = strength(drawn, name, _ENHANCE, 1.0)
        images = blend(images, ops.prod(factors, axis=-1))
    images = apart(ops.round(images))
    images = look_up(images, lambda counts: apply_tones(counts, drawn))
    return warp(apart(images), affine_of(drawn, height, width), fill)
