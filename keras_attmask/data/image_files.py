"""Image files to RGB arrays, and which files are images."""

import contextlib
import io
import math
import os

import numpy as np
from PIL import Image
from PIL import ImageOps
from PIL import UnidentifiedImageError

from keras_attmask.errors import InputError

EXTENSIONS = (
    ".bmp",
    ".gif",
    ".jpeg",
    ".jpg",
    ".pgm",
    ".png",
    ".ppm",
    ".tif",
    ".tiff",
    ".webp",
)
# Pillow's ways to say that these bytes are no picture it can read.
_UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def is_image(path):
    """Whether the name is that of an image (hidden files are not)."""
    name = os.path.basename(path)
    return not name.startswith(".") and name.lower().endswith(EXTENSIONS)


def _files(folder, wanted):
    return sorted(
        path
        for place, _, names in os.walk(folder, followlinks=True)
        for path in (os.path.join(place, name) for name in names)
        if wanted(path)
    )


def other_files(folder):
    """Files below a folder whose names are not those of images, sorted."""
    return _files(folder, lambda path: not is_image(path))


def list_images(folder):
    """All images below a folder, links followed, as sorted paths."""
    return _files(folder, is_image)


def _to_rgb(image):
    if image.mode == "I" or image.mode.startswith("I;16"):
        high_bytes = np.clip(np.asarray(image), 0, 65535) >> 8
        image = Image.fromarray(high_bytes.astype("uint8"))
    elif image.mode == "F":
        image = image.convert("L")  # Pillow knows no road from F to RGB
    elif "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "RGB":
        image.load()  # `convert` would copy it
        return image
    return image.convert("RGB")


def opened_image(encoded):
    """The image behind bytes, its pixels not yet decoded."""
    image = Image.open(io.BytesIO(encoded))
    pixels = image.width * image.height
    if Image.MAX_IMAGE_PIXELS and pixels > Image.MAX_IMAGE_PIXELS:
        raise Image.DecompressionBombError(
            f"{pixels} pixels, more than {Image.MAX_IMAGE_PIXELS}"
        )
    return image


@contextlib.contextmanager
def naming_images(name):
    """Makes one line of whatever Pillow says of an image."""
    try:
        yield
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())
        if isinstance(error, UnidentifiedImageError):
            reason = "not an image, or of no known format"  # Pillow names us
        raise InputError(
            f"data: expected a readable image, got {name} ({reason})"
        ) from error


def _reduce(image, enough):
    """Lets the JPEG decoder leave out pixels that nobody will look at."""
    factor = math.sqrt(image.width * image.height / enough)
    if image.format == "JPEG" and factor >= 2.0:
        side = 2 ** min(int(math.log2(factor)), 3)
        image.draft(None, (image.width // side, image.height // side))


def decode_image(encoded, name, enough=None, upright=True):
    """Decodes one image of any format and mode that Pillow reads.

    The camera's rotation (EXIF) is applied; palettes, CMYK and 16 bits
    become 8-bit RGB; transparency is dropped.

    Args:
        encoded: the file's bytes.
        name: what an error calls the image.
        enough: pixels that will do. JPEG files of at least four times as
            many are decoded at a half, a quarter or an eighth of their width
            and height, which takes a fraction of the time. None decodes all.
        upright: apply the camera's rotation. Boxes and masks that others
            drew may belong to the pixels as they are stored.

    Returns:
        An RGB `PIL.Image.Image`.

    Raises:
        InputError: when the bytes cannot be read as an image, or claim to
            hold so many pixels that they would fill the memory.
    """
    with naming_images(name):
        image = opened_image(encoded)
        if enough is not None:
            _reduce(image, enough)
        if upright:
            ImageOps.exif_transpose(image, in_place=True)
        return _to_rgb(image)


def image_size(encoded, name):
    """`(height, width)` by the head of the file, as the camera saw it."""
    with naming_images(name):
        image = opened_image(encoded)
        return image.height, image.width


def read_file(path):
    """The bytes of a file, or an `InputError` that names it."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise InputError(
            f"data: expected a readable file, got {path} ({error.strerror})"
        ) from error
