"""Each operation against Pillow's, at both signs and several magnitudes."""

import numpy as np
import pytest
from keras import ops
from operations_by_pillow import FILL
from operations_by_pillow import by_pillow
from operations_by_pillow import drawn
from operations_by_pillow import photo
from PIL import Image

from keras_attmask.augmentation.rand_augment import rand_augment
from keras_attmask.augmentation.rand_draws import OPERATIONS
from keras_attmask.one_program import as_one

SIDES = (24, 32)
LEVELS = (0.0, 0.27, 0.6, 0.91)
CASES = [
    (name, level, sign)
    for name in OPERATIONS
    for level in LEVELS
    for sign in (1, -1)
]
# Pillow cuts fractions off, and rounds the mean and what it has smoothed.
TOLERANCE = {
    "autocontrast": 1.01,
    "brightness": 1.01,
    "color": 1.6,
    "contrast": 1.6,
    "sharpness": 1.6,
    "rotate": 1.01,
    "shear_x": 1.01,
    "shear_y": 1.01,
    "translate_x": 1.01,
    "translate_y": 1.01,
}
# Operations that change nothing at magnitude 0.
WITH_MAGNITUDE = set(OPERATIONS) - {"autocontrast", "equalize"}


def run(pixels, rows, fill=FILL):
    """Pixels `(B, H, W, C)` and what was drawn to pixels."""
    images = ops.convert_to_tensor(np.moveaxis(pixels, -1, 1), "float32")
    found = as_one(rand_augment, images, drawn(rows), fill=tuple(fill))
    found = ops.convert_to_numpy(found)
    assert found.dtype == "float32" and found.shape == images.shape
    return np.moveaxis(found, 1, -1)


@pytest.fixture(scope="module")
def all_cases():
    """Every case, run as one batch: `{case: pixels}`."""
    pixels = np.stack([photo(*SIDES)] * len(CASES))
    found = run(pixels, [[case, ("identity", 0, 1)] for case in CASES])
    return dict(zip(CASES, found))


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_pillows(name, all_cases):
    image = Image.fromarray(photo(*SIDES))
    for level in LEVELS:
        for sign in (1, -1):
            expected = by_pillow(image, name, level, sign)
            found = all_cases[name, level, sign]
            difference = np.abs(found - np.asarray(expected, "float32"))
            assert difference.max() <= TOLERANCE.get(name, 0), (level, sign)


@pytest.mark.parametrize("name", OPERATIONS)
def test_magnitude_nought_keeps_each_bit(name, all_cases):
    same = np.array_equal(all_cases[name, 0.0, 1], photo(*SIDES))
    assert same == (name in WITH_MAGNITUDE)


GROWING = WITH_MAGNITUDE - {"identity", "translate_x", "translate_y"}


@pytest.mark.parametrize("name", sorted(GROWING))
def test_strength_grows_with_the_magnitude(name, all_cases):
    image = photo(*SIDES).astype("float32")
    for sign in (1, -1):
        changes = [
            np.abs(all_cases[name, level, sign] - image).mean()
            for level in LEVELS
        ]
        assert changes == sorted(changes) and changes[0] < changes[-1]


# The two orders of tables, of movements, and kinds that have their own place.
PAIRS = [
    ("contrast", "equalize"),
    ("equalize", "contrast"),
    ("solarize", "autocontrast"),
    ("autocontrast", "solarize"),
    ("equalize", "posterize"),
    ("brightness", "brightness"),
    ("color", "equalize"),
    ("sharpness", "autocontrast"),
    ("brightness", "rotate"),
]


def test_a_second_operation_sees_what_the_first_has_made():
    rows = [[(a, 0.5, -1), (b, 0.3, 1)] for a, b in PAIRS]
    found = run(np.stack([photo(*SIDES)] * len(rows)), rows)
    for row, pixels in zip(rows, found):
        image = Image.fromarray(photo(*SIDES))
        for operation in row:
            image = by_pillow(image, *operation)
        difference = np.abs(pixels - np.asarray(image, "float32"))
        # A level more or less before a stretch of contrast is a few after.
        assert np.mean(difference) < 1.5, row


def test_movements_go_one_after_the_other():
    """Without loss: shifts by whole pixels before and after a shear."""
    pixels = np.stack([photo(*SIDES)] * 2)
    shift = 8 / 32 / (150 / 331)  # eight pixels
    first, second = ("translate_x", shift, 1), ("shear_y", 0.5, 1)
    found = run(pixels, [[first, second], [second, first]])
    for image, row in zip(found, ([first, second], [second, first])):
        expected = Image.fromarray(pixels[0])
        for operation in row:
            expected = by_pillow(expected, *operation)
        inner = np.abs(image - np.asarray(expected, "float32"))[8:-8, :22]
        assert inner.max() <= 1.01
    assert np.abs(found[0] - found[1]).max() > 20


def test_two_of_a_blend_multiply_their_factors():
    twice = [[(name, 0.4, -1)] * 2 for name in ("color", "sharpness")]
    level = (1 - (1 - 0.36) ** 2) / 0.9
    once = [
        [(name, level, -1), ("identity", 0, 1)]
        for name in ("color", "sharpness")
    ]
    found = run(np.stack([photo(*SIDES)] * 4), twice + once)
    np.testing.assert_allclose(found[:2], found[2:], atol=1.0)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels(channels):
    pixels = np.stack([photo(*SIDES, channels)] * len(OPERATIONS))
    fill = (90.0,) * channels
    found = run(pixels, [[(name, 0.6, 1)] for name in OPERATIONS], fill)
    found = dict(zip(OPERATIONS, found))
    np.testing.assert_array_equal(found["color"], pixels[0])
    np.testing.assert_array_equal(found["identity"], pixels[0])
    changed = {
        name for name in OPERATIONS if np.abs(found[name] - pixels[0]).max() > 2
    }
    assert changed == set(OPERATIONS) - {"color", "identity"}
    for name in ("equalize", "autocontrast", "posterize", "solarize"):
        for channel in range(channels):
            plane = Image.fromarray(pixels[0][..., channel])
            expected = np.asarray(by_pillow(plane, name, 0.6, 1), "float32")
            difference = np.abs(found[name][..., channel] - expected)
            assert difference.max() <= 1.01
    # Without luma the mean is that of all channels.
    mean = pixels[0].mean()
    expected = np.clip(pixels[0] * 1.54 - 0.54 * mean, 0, 255)
    np.testing.assert_allclose(found["contrast"], expected, atol=0.01)


def test_flat_images_stay_flat():
    pixels = np.full((len(OPERATIONS), *SIDES, 3), 77, "uint8")
    rows = [[(name, 0.5, 1)] for name in OPERATIONS]
    found = run(pixels, rows, (77, 77, 77))
    assert np.isfinite(found).all()
    for name, image in zip(OPERATIONS, found):
        expected = {
            "brightness": 77 * 1.45,
            "posterize": 76,
            "solarize": 77,
        }.get(name, 77)
        np.testing.assert_allclose(image, expected, atol=1e-3, err_msg=name)
