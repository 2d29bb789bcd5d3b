"""Each operation at fixed parameters against Pillow, colorsys and SciPy."""

import colorsys
import itertools

import numpy as np
import pytest
from keras import ops
from PIL import Image
from PIL import ImageEnhance
from PIL import ImageFilter
from PIL import ImageOps
from scipy import ndimage

from keras_attmask.data import photometric
from keras_attmask.one_program import as_one

SIDE = 24


def pictures(count=3, channels=3):
    """Smooth colours with an edge, uint8 `(count, SIDE, SIDE, channels)`."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (count, 4, 4, channels)).astype("float32")
    fine = ndimage.zoom(coarse, (1, SIDE / 4, SIDE / 4, 1), order=1)
    fine[:, :, SIDE // 2] = random.integers(0, 256, channels)
    return np.clip(fine, 0, 255).astype("uint8")


PIXELS = pictures()


def run(function, *arguments, pixels=PIXELS, **options):
    """Calls an operation on 0 to 1, channels first; 0 to 255, last, back."""
    images = np.moveaxis(pixels, -1, 1).astype("float32") / 255.0
    tensors = [ops.convert_to_tensor(x) for x in (images, *arguments)]
    found = ops.convert_to_numpy(as_one(function, *tensors, **options))
    assert found.shape == images.shape
    return np.moveaxis(found, 1, -1) * 255.0


def pillow(function, pixels=PIXELS):
    made = [np.asarray(function(Image.fromarray(image))) for image in pixels]
    return np.stack(made).astype("float32")


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.4])
@pytest.mark.parametrize(
    "ours, theirs",
    [
        (photometric.adjust_brightness, ImageEnhance.Brightness),
        (photometric.adjust_contrast, ImageEnhance.Contrast),
        (photometric.adjust_saturation, ImageEnhance.Color),
    ],
)
def test_blends_are_pillows_to_a_grey_level(ours, theirs, factor):
    """Pillow rounds the mean and each result to whole levels."""
    found = run(ours, np.full(3, factor, "float32"))
    expected = pillow(lambda image: theirs(image).enhance(factor))
    assert np.abs(found - expected).max() < 1.6


@pytest.mark.parametrize("shift", [-0.5, -0.1, 0.0, 0.3, 0.5, 0.9])
def test_hue_is_that_of_colorsys(shift):
    found = run(photometric.adjust_hue, np.full(3, shift, "float32")) / 255.0
    for pixel, result in zip(
        PIXELS.reshape(-1, 3)[::7] / 255.0, found.reshape(-1, 3)[::7]
    ):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        expected = colorsys.hsv_to_rgb((hue + shift) % 1.0, saturation, value)
        np.testing.assert_allclose(result, expected, atol=1e-5)


def test_hue_of_grey_and_black_is_left_alone():
    grey = np.full((2, 4, 4, 3), 77, "uint8")
    grey[1] = 0
    found = run(photometric.adjust_hue, np.full(2, 0.3, "float32"), pixels=grey)
    np.testing.assert_allclose(found, grey, atol=1e-4)


def test_grey_is_pillows_to_a_level():
    images = np.moveaxis(PIXELS, -1, 1).astype("float32") / 255.0
    images = ops.convert_to_tensor(images)
    found = ops.convert_to_numpy(photometric.grey(images))[:, 0] * 255.0
    expected = pillow(lambda image: image.convert("L"))
    assert np.abs(found - expected).max() < 0.6


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_other_channels_have_no_colour_to_change(channels):
    pixels = pictures(channels=channels)
    same = run(
        photometric.adjust_saturation, np.full(3, 0.2, "float32"), pixels=pixels
    )
    np.testing.assert_allclose(same, pixels, atol=1e-4)
    same = run(
        photometric.adjust_hue, np.full(3, 0.2, "float32"), pixels=pixels
    )
    np.testing.assert_allclose(same, pixels, atol=1e-4)
    images = np.moveaxis(pixels, -1, 1).astype("float32")
    luma = photometric.grey(ops.convert_to_tensor(images))
    np.testing.assert_array_equal(ops.convert_to_numpy(luma), images)


def one_by_one(pixels, order, factors):
    """The jitter as its definition says, operation after operation."""
    steps = (
        photometric.adjust_brightness,
        photometric.adjust_contrast,
        photometric.adjust_saturation,
        photometric.adjust_hue,
    )
    images = np.moveaxis(pixels, -1, 1).astype("float32") / 255.0
    images = ops.convert_to_tensor(images)
    for number in order:
        factor = ops.convert_to_tensor(factors[None, number])
        images = as_one(steps[number], images, factor)
    return np.moveaxis(ops.convert_to_numpy(images), 1, -1) * 255.0


@pytest.mark.parametrize("channels", [1, 3])
def test_jitter_takes_the_order_and_factors_of_each_image(channels):
    orders = np.array(list(itertools.permutations(range(4))), "int32")
    random = np.random.default_rng(1)
    factors = random.uniform(0.5, 1.5, (24, 4)).astype("float32")
    factors[:, 3] -= 1.0
    pixels = np.tile(pictures(2, channels), (12, 1, 1, 1))
    found = run(photometric.color_jitter, orders, factors, pixels=pixels)
    for number, (order, own) in enumerate(zip(orders, factors)):
        expected = one_by_one(pixels[number : number + 1], order, own)[0]
        np.testing.assert_allclose(found[number], expected, atol=2e-3)


SIGMA = np.array([0.1, 0.8, 2.0], "float32")


def test_blur_is_a_gaussian_with_a_replicated_border():
    found = run(photometric.gaussian_blur, SIGMA, largest=2.0)
    for image, sigma, result in zip(PIXELS.astype("float32"), SIGMA, found):
        for axis in (0, 1):
            image = ndimage.gaussian_filter1d(
                image, sigma, axis, mode="nearest", radius=6
            )
        np.testing.assert_allclose(result, image, atol=1e-2)


def test_blur_is_near_pillows_three_boxes():
    """Pillow approximates the Gaussian; so near that no eye tells."""
    found = run(photometric.gaussian_blur, SIGMA, largest=2.0)
    expected = np.stack(
        [
            np.asarray(image.filter(ImageFilter.GaussianBlur(float(sigma))))
            for image, sigma in zip(map(Image.fromarray, PIXELS), SIGMA)
        ]
    )
    difference = np.abs(found - expected)
    assert difference.max() < 12 and difference.mean() < 0.6


def test_no_sigma_keeps_the_image():
    found = run(photometric.gaussian_blur, np.zeros(3, "float32"), largest=2.0)
    np.testing.assert_allclose(found, PIXELS, atol=1e-4)


def test_solarise_is_pillows():
    found = run(photometric.solarize)
    expected = pillow(lambda image: ImageOps.solarize(image, 128))
    np.testing.assert_allclose(found, expected, atol=1e-3)
