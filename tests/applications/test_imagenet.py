import os
import pathlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import decode_predictions
from keras_attmask.applications import preprocess_input
from keras_attmask.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), "uint8")


def by_hand(pixels):
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    return (pixels / 255 - np.array(mean)) / np.array(std)


def check(found, expected=by_hand(PIXELS)):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_an_array_stays_an_array_and_is_not_written_over():
    for pixels in (PIXELS, PIXELS.astype("float32"), PIXELS.astype("float64")):
        found = preprocess_input(pixels)
        assert isinstance(found, np.ndarray) and found.dtype == np.float32
        check(found)
        np.testing.assert_array_equal(pixels, PIXELS)


def test_keras_itself_normalises_so():
    theirs = keras.applications.imagenet_utils.preprocess_input
    check(theirs(PIXELS.astype("float32"), "channels_last", mode="torch"))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float16"])
def test_a_tensor_gives_a_float32_tensor(dtype):
    found = preprocess_input(ops.convert_to_tensor(PIXELS.astype(dtype)))
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    check(ops.convert_to_numpy(found))


def test_one_image_and_channels_first():
    check(preprocess_input(PIXELS[0]), by_hand(PIXELS[0]))
    first = np.moveaxis(PIXELS, -1, 1)
    for pixels in (first, ops.convert_to_tensor(first)):
        found = preprocess_input(pixels, data_format="channels_first")
        found = np.moveaxis(ops.convert_to_numpy(found), 1, -1)
        check(found)


def test_inside_a_model_that_is_saved_under_any_global_format(tmp_path):
    keras.config.set_image_data_format("channels_first")
    try:
        pixels = keras.Input((5, 4, 3), dtype="uint8")
        model = keras.Model(pixels, preprocess_input(pixels, "channels_last"))
        model.save(tmp_path / "model.keras")
        model = keras.models.load_model(tmp_path / "model.keras")
        check(ops.convert_to_numpy(model(PIXELS)))
    finally:
        keras.config.set_image_data_format("channels_last")


def test_inside_a_data_pipeline_under_every_backend():
    tf = pytest.importorskip("tensorflow")
    images = tf.data.Dataset.from_tensor_slices(PIXELS).batch(2)
    (found,) = images.map(preprocess_input).as_numpy_iterator()
    check(found)


@pytest.mark.parametrize("shape", [(2, 5, 4, 1), (5, 3), (2, 3, 4, 4)])
def test_other_than_rgb_is_refused(shape):
    with pytest.raises(InputError, match="^x: expected RGB .*Preprocessing$"):
        preprocess_input(np.zeros(shape))


def test_an_unknown_format_is_named():
    with pytest.raises(InputError, match="^data_format: .*got 'last'$"):
        preprocess_input(PIXELS, "last")


@pytest.mark.parametrize("shape", [(2, 10), (1000,)])
def test_predictions_of_another_shape(shape):
    with pytest.raises(ValueError, match="1000"):
        decode_predictions(np.zeros(shape))


def test_names_come_from_the_cache_or_the_error_says_where_they_go(
    monkeypatch,
):
    home = pathlib.Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody listens
    if (home / "models" / "imagenet_class_index.json").is_file():
        (best, second), _ = decode_predictions(np.eye(2, 1000), top=2)
        assert best[:2] == ("n01440764", "tench") and best[2] > second[2]
        return
    with pytest.raises(InputError) as caught:
        decode_predictions(np.eye(2, 1000))
    said = str(caught.value)
    assert said.startswith("decode_predictions: expected imagenet_class_index")
    assert "URL fetch failure" in said and "\n" not in said
