"""Pictures that hold a number a pixel, with a palette to look at them by."""

import io

import numpy as np
from PIL import Image

from keras_attmask.atomic import whole
from keras_attmask.data.image_files import image_size
from keras_attmask.data.image_files import read_file
from keras_attmask.errors import InputError

_MODES = ("P", "L", "1")


def standard_palette():
    """The colours that PASCAL VOC and DAVIS number their objects by.

    The bits of a number are dealt to red, green and blue in turn, the lowest
    to the highest bit of a colour.

    Returns:
        uint8 `(256, 3)`; black is 0.
    """
    numbers = np.arange(256)[:, None]
    channel = np.arange(3)
    palette = np.zeros((256, 3), "int64")
    for bit in range(8):
        palette |= ((numbers >> channel) & 1) << (7 - bit)
        numbers = numbers >> 3
    return palette.astype("uint8")


def read_indexed(path):
    """Reads a picture of numbers.

    Args:
        path: of a PNG file with a palette, or of one channel of 8 bits.

    Returns:
        `(numbers, palette)`: uint8 `(h, w)` and uint8 `(256, 3)`, the
        standard one where the file has none.

    Raises:
        InputError: a file that cannot be read, or holds colours.
    """
    encoded = read_file(path)
    image_size(encoded, path)  # refuses what is no image, or too large
    try:
        image = Image.open(io.BytesIO(encoded))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"data: expected a readable image, got {path} ({reason})"
        ) from error
    if image.mode not in _MODES:
        raise InputError(
            "data: expected a picture with one number a pixel, as a palette "
            f"makes, got {path} of mode {image.mode}"
        )
    palette = standard_palette()
    if image.mode == "P":
        given = np.reshape(image.getpalette("RGB"), (-1, 3))
        palette[: len(given)] = given
    return np.asarray(image).astype("uint8"), palette


def write_indexed(path, numbers, palette):
    """Writes a picture of numbers, whole or not at all.

    Args:
        path: of the PNG file; folders are made.
        numbers: uint8 `(h, w)`.
        palette: uint8 `(256, 3)`.

    Raises:
        InputError: when the file cannot be written.
    """
    image = Image.fromarray(numbers)
    image.putpalette(palette.tobytes())
    with whole(path) as temporary:
        image.save(temporary, format="PNG")
