import json

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.one_program import as_one

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ONE_LEVEL = 1 / 255 / 0.224 + 1e-4  # a tie that rounds the other way


def identity(shape, crop_ratio=1.0):
    zeros, ones = (0.0,) * shape[2], (1 / 255,) * shape[2]
    return Preprocessing(shape, zeros, ones, crop_ratio)


def prepared(preprocessing, images):
    return ops.convert_to_numpy(as_one(preprocessing, images))


def photo(height, width, channels=3, seed=0):
    shape = (height // 8 + 1, width // 8 + 1, channels)
    coarse = np.random.default_rng(seed).integers(0, 256, shape, "uint8")
    planes = [
        Image.fromarray(coarse[..., c]).resize((width, height), Image.BICUBIC)
        for c in range(channels)
    ]
    return np.stack([np.asarray(plane) for plane in planes], -1)


def test_same_size_is_only_normalised():
    preprocessing = Preprocessing((2, 2, 3), MEAN, STD)
    images = np.array([[[[255, 0, 51]] * 2] * 2], "uint8")
    result = prepared(preprocessing, images)
    expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225]
    assert result.dtype == "float32" and result.shape == (1, 2, 2, 3)
    np.testing.assert_allclose(result[0, 1, 1], expected, rtol=1e-5)


def test_crop_ratio_cuts_the_middle():
    image = photo(48, 80)
    result = prepared(identity((16, 16, 3), 0.5), image[None])
    expected = Image.fromarray(image[12:36, 28:52]).resize(
        (16, 16), Image.BICUBIC
    )
    difference = result[0] - np.asarray(expected)
    assert np.abs(difference).max() <= 1.01


def test_crop_ratio_is_resize_and_centre_crop():
    image = photo(320, 480)
    result = prepared(identity((56, 56, 3), 56 / 64), image[None])
    whole = Image.fromarray(image).resize((96, 64), Image.BICUBIC)
    expected = np.asarray(whole)[4:60, 20:76].astype("float32")
    difference = result[0] - expected
    # At the rim the whole image lends pixels that lie outside the box.
    assert np.abs(difference[2:-2, 2:-2]).max() <= 1.01


def test_wide_target_keeps_the_aspect_ratio():
    image = photo(40, 40)
    result = prepared(identity((10, 20, 3)), image[None])
    expected = Image.fromarray(image[10:30]).resize((20, 10), Image.BICUBIC)
    assert np.abs(result[0] - np.asarray(expected)).max() <= 1.01


def test_channels_are_matched():
    grey = photo(8, 8, 1)[None]
    repeated = prepared(identity((8, 8, 3)), grey)
    np.testing.assert_allclose(repeated, np.repeat(grey, 3, -1), atol=1e-3)
    colour = np.array([[[[100, 200, 50]] * 8] * 8], "uint8")
    luma = prepared(identity((8, 8, 1)), colour)
    assert luma.shape == (1, 8, 8, 1)
    np.testing.assert_allclose(luma, 153.0, rtol=1e-5)


def test_a_batch_equals_its_images_one_by_one():
    preprocessing = Preprocessing((12, 12, 3), MEAN, STD, 0.8)
    images = np.stack([photo(20, 30, seed=seed) for seed in range(3)])
    together = prepared(preprocessing, images)
    alone = [prepared(preprocessing, i[None])[0] for i in images]
    np.testing.assert_allclose(together, np.stack(alone), atol=ONE_LEVEL)


def test_config_round_trip():
    preprocessing = Preprocessing((16, 16, 3), MEAN, STD, 0.875)
    text = json.dumps(preprocessing.get_config())
    assert Preprocessing.from_config(json.loads(text)) == preprocessing


@pytest.mark.parametrize(
    "arguments, name",
    [
        (((16, 16), MEAN, STD), "image_shape"),
        (((16, 16, 1), MEAN, STD), "mean"),
        (((16, 16, 3), MEAN, (1.0,)), "std"),
        (((16, 16, 3), MEAN, STD, 0.0), "crop_ratio"),
    ],
)
def test_mistakes_name_the_argument(arguments, name):
    with pytest.raises(InputError, match=f"^{name}: expected"):
        Preprocessing(*arguments)


def test_unusable_channels():
    with pytest.raises(InputError, match="3 channels or one, got 2"):
        identity((8, 8, 3))(np.zeros((1, 8, 8, 2), "uint8"))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="needs TensorFlow graphs"
)
def test_unknown_sizes_in_a_graph():
    import tensorflow as tf

    preprocessing = Preprocessing((12, 12, 3), MEAN, STD, 0.875)
    shape = tf.TensorSpec((None, None, None, 3), "uint8")
    graph = tf.function(preprocessing, input_signature=[shape])
    for size in [(12, 12), (20, 31)]:
        images = photo(*size)[None].repeat(2, 0)
        np.testing.assert_allclose(
            graph(images), preprocessing(images), atol=ONE_LEVEL
        )
