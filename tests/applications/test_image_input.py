import keras
import numpy as np
import pytest

from keras_attmask.applications.image_input import image_input
from keras_attmask.errors import InputError


def test_224_pixels_unless_told():
    images, source = image_input(None, None, 16)
    assert images is source and images.shape == (None, 224, 224, 3)


def test_a_list_of_numpy_integers_will_do():
    images, _ = image_input(list(np.array([32, 48, 1])), None, 16)
    assert images.shape == (None, 32, 48, 1)


def test_the_tensor_tells_the_shape_and_its_sources():
    first = keras.Input((32, 32, 1))
    both = keras.layers.Concatenate()([first, first, first])
    images, source = image_input(None, both, 16)
    assert images is both and source is first
    assert image_input((32, 32, 3), both, 16)[0] is both


def test_two_sources_stay_two():
    pair = [keras.Input((16, 16, 1)), keras.Input((16, 16, 2))]
    both = keras.layers.Concatenate()(pair)
    sources = image_input(None, both, 16)[1]
    assert [source is one for source, one in zip(sources, pair)] == [True] * 2


@pytest.mark.parametrize(
    "shape",
    [(30, 32, 3), (32, 40, 3), (0, 32, 3), (-16, 16, 3), (16, 16, 0)],
)
def test_a_shape_that_the_patch_does_not_divide(shape):
    with pytest.raises(InputError, match="^input_shape: .* patch, 16, and"):
        image_input(shape, None, 16)


@pytest.mark.parametrize(
    "shape", [(None, None, 3), (32, 32), 32, "abc", (32, 32.0, 3), (1, 2, 3, 4)]
)
def test_a_shape_that_is_no_three_sizes(shape):
    message = "^input_shape: expected three known sizes .*, got "
    with pytest.raises(InputError, match=message):
        image_input(shape, None, 16)


def test_a_tensor_of_unknown_or_odd_size():
    with pytest.raises(InputError, match="^input_tensor: .*three known sizes"):
        image_input(None, keras.Input((None, None, 3)), 16)
    with pytest.raises(InputError, match="^input_tensor: .* patch, 16"):
        image_input(None, keras.Input((24, 32, 3)), 16)


def test_a_tensor_that_contradicts_the_shape():
    message = r"^input_shape: expected \(32, 32, 3\) as input_tensor has"
    with pytest.raises(InputError, match=message):
        image_input((16, 32, 3), keras.Input((32, 32, 3)), 16)


def test_an_array_is_no_tensor_to_build_on():
    message = "^input_tensor: expected a Keras tensor .*got ndarray$"
    with pytest.raises(InputError, match=message):
        image_input(None, np.zeros((1, 32, 32, 3)), 16)


def test_unusual_channels_only_warn():
    with pytest.warns(UserWarning, match="^input_shape: .*got 4$"):
        images, _ = image_input((16, 16, 4), None, 16)
    assert images.shape[-1] == 4
