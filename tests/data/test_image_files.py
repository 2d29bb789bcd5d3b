import io
import re

import numpy as np
import pytest
from PIL import Image

from keras_attmask.data.image_files import decode_image
from keras_attmask.data.image_files import list_images
from keras_attmask.data.image_files import read_file
from keras_attmask.errors import InputError

RED_TO_BLUE = np.zeros((4, 6, 3), "uint8")
RED_TO_BLUE[:, :3, 0] = 255
RED_TO_BLUE[:, 3:, 2] = 255


def encode(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colour_modes_become_rgb(mode):
    encoded = encode(Image.fromarray(RED_TO_BLUE).convert(mode))
    image = decode_image(encoded, "x")
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), RED_TO_BLUE)


def test_cmyk_becomes_rgb():
    encoded = encode(Image.fromarray(RED_TO_BLUE).convert("CMYK"), "TIFF")
    np.testing.assert_array_equal(decode_image(encoded, "x"), RED_TO_BLUE)


def test_palette_with_transparency_keeps_its_colours():
    image = Image.fromarray(RED_TO_BLUE).convert("P")
    encoded = encode(image, transparency=0)
    np.testing.assert_array_equal(decode_image(encoded, "x"), RED_TO_BLUE)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_modes_become_rgb(mode):
    encoded = encode(Image.new(mode, (3, 2), "white"))
    np.testing.assert_array_equal(
        decode_image(encoded, "x"), np.full((2, 3, 3), 255)
    )


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_the_high_byte(kind):
    values = np.array([[0, 256, 0x7FFF, 0xFFFF]], "uint16")
    image = decode_image(encode(Image.fromarray(values), kind), "x")
    np.testing.assert_array_equal(
        np.asarray(image)[0, :, 1], [0, 1, 0x7F, 0xFF]
    )


def test_float_image_is_read():
    values = np.array([[0.0, 128.0, 255.0]], "float32")
    image = decode_image(encode(Image.fromarray(values), "TIFF"), "x")
    np.testing.assert_array_equal(np.asarray(image)[0, :, 0], [0, 128, 255])


def test_camera_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn a quarter clockwise
    encoded = encode(Image.fromarray(RED_TO_BLUE), exif=exif)
    turned = np.rot90(RED_TO_BLUE, -1)
    np.testing.assert_array_equal(decode_image(encoded, "x"), turned)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_damaged_image_is_named(share):
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), "uint8")
    encoded = encode(Image.fromarray(noise), "JPEG")
    damaged = encoded[: int(share * len(encoded))]
    with pytest.raises(InputError, match="^data: .*cat.jpg") as caught:
        decode_image(damaged, "cat.jpg")
    assert "\n" not in str(caught.value)


def test_what_is_no_image_is_said_plainly():
    with pytest.raises(InputError, match="not an image") as caught:
        decode_image(b"\0" * 999, "cat.jpg")
    assert "BytesIO" not in str(caught.value)


def test_missing_file_is_named(tmp_path):
    path = str(tmp_path / "gone.png")
    with pytest.raises(InputError, match="^data: .*" + re.escape(path)):
        read_file(path)


def test_list_is_recursive_sorted_and_of_images_only(tmp_path):
    for name in ["b.JPG", "a/c.png", "a/.hidden.png", "notes.md"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    expected = [str(tmp_path / "a" / "c.png"), str(tmp_path / "b.JPG")]
    assert list_images(tmp_path) == expected


@pytest.mark.parametrize(
    "kind, enough, side",
    [
        ("jpeg", None, 1),
        ("jpeg", 64 * 48, 1),
        ("jpeg", 32 * 24 + 1, 1),
        ("jpeg", 32 * 24, 2),
        ("jpeg", 16 * 12, 4),
        ("jpeg", 1, 8),
        ("png", 1, 1),
    ],
)
def test_only_pixels_enough_are_decoded(kind, enough, side):
    coarse = np.random.default_rng(0).integers(0, 256, (3, 4, 3), "uint8")
    image = Image.fromarray(coarse).resize((64, 48), Image.BICUBIC)
    found = decode_image(encode(image, kind, quality=95), "it", enough)
    assert found.size == (64 // side, 48 // side)
    wanted = image.resize(found.size, Image.BOX)
    difference = np.abs(np.int64(found) - np.int64(wanted))
    assert difference.mean() < 2


def test_fewer_pixels_are_still_turned_upright():
    image = Image.new("RGB", (64, 48))
    exif = Image.Exif()
    exif[0x0112] = 6  # a camera held upright
    encoded = encode(image, "jpeg", exif=exif)
    assert decode_image(encoded, "it").size == (48, 64)
    assert decode_image(encoded, "it", 32 * 24).size == (24, 32)
