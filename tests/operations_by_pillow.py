"""The operations of RandAugment as Pillow does them, one at a time."""

import numpy as np
from keras import ops
from PIL import Image
from PIL import ImageEnhance
from PIL import ImageOps

from keras_attmask.augmentation.rand_draws import OPERATIONS

FILL = (124, 116, 104)
ENHANCE = {
    "color": ImageEnhance.Color,
    "contrast": ImageEnhance.Contrast,
    "brightness": ImageEnhance.Brightness,
    "sharpness": ImageEnhance.Sharpness,
}


def drawn(rows):
    """What `draw_operations` would return.

    Args:
        rows: for each image its operations, `(name, level, sign)` each.
    """
    names = [[OPERATIONS.index(name) for name, _, _ in row] for row in rows]
    numbers = np.array([[entry[1:] for entry in row] for row in rows])
    numbers = numbers.astype("float32")
    return {
        "operation": ops.convert_to_tensor(np.array(names, "int32")),
        "level": ops.convert_to_tensor(numbers[..., 0]),
        "sign": ops.convert_to_tensor(numbers[..., 1]),
    }


def photo(height, width, channels=3, seed=0):
    """Smooth colours with noise, uint8; no channel fills its range."""
    random = np.random.default_rng(seed)
    coarse = random.integers(30, 200, (5, 6, channels), "uint8")
    planes = [
        Image.fromarray(coarse[..., c]).resize((width, height), Image.BICUBIC)
        for c in range(channels)
    ]
    noise = random.integers(0, 12, (height, width, channels))
    return np.clip(np.stack(planes, -1) + noise, 3, 240).astype("uint8")


def _moved(image, coefficients):
    return image.transform(
        image.size, Image.AFFINE, coefficients, Image.BILINEAR, fillcolor=FILL
    )


def by_pillow(image, name, level, sign):
    """An operation on an RGB image.

    Args:
        image: a Pillow image.
        name: of the operation.
        level: magnitude from 0 to 1.
        sign: 1 or -1.

    Returns:
        A Pillow image.
    """
    width, height = image.size
    signed = level * sign
    if name in ENHANCE:
        return ENHANCE[name](image).enhance(1 + 0.9 * signed)
    if name == "autocontrast":
        return ImageOps.autocontrast(image)
    if name == "equalize":
        return ImageOps.equalize(image)
    if name == "posterize":
        return ImageOps.posterize(image, 8 - round(4 * level))
    if name == "solarize":
        return ImageOps.solarize(image, 256 * (1 - level))
    if name == "rotate":
        return image.rotate(30 * signed, Image.BILINEAR, fillcolor=FILL)
    if name == "shear_x":
        return _moved(image, (1, 0.3 * signed, 0, 0, 1, 0))
    if name == "shear_y":
        return _moved(image, (1, 0, 0, 0.3 * signed, 1, 0))
    if name == "translate_x":
        return _moved(image, (1, 0, 150 / 331 * width * signed, 0, 1, 0))
    if name == "translate_y":
        return _moved(image, (1, 0, 0, 0, 1, 150 / 331 * height * signed))
    return image
