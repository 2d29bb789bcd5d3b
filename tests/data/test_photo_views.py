import numpy as np
import pytest
from cut_alone import cut_alone
from keras import ops
from PIL import Image

from keras_attmask import counter_random
from keras_attmask.data.resample import crop_and_resize
from keras_attmask.data.view_draws import cut_numbers
from keras_attmask.data.view_draws import cuts_of
from keras_attmask.one_program import as_one

KEYS = counter_random.fold_in(5, np.arange(6), np)


def photo(height=37, width=50):
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), "uint8")
    return Image.fromarray(coarse).resize((width, height), Image.BICUBIC)


@pytest.mark.parametrize("mode, channels", [("RGB", 3), ("L", 1)])
def test_shape_and_repeatability(mode, channels):
    image = photo().convert(mode)
    views = cut_alone(image, KEYS, 16, (0.25, 1.0))
    assert views.shape == (6, 16, 16, channels) and views.dtype == "uint8"
    one = cut_alone(image, KEYS[3:4], 16, (0.25, 1.0))
    np.testing.assert_array_equal(one[0], views[3])


def test_the_device_would_cut_the_same():
    image = photo()
    views = cut_alone(image, KEYS, 16, (0.05, 0.5))
    boxes, flip = cuts_of(cut_numbers(KEYS), 37, 50, (0.05, 0.5))
    assert 0 < ops.convert_to_numpy(flip).sum() < 6
    pixels = np.repeat(np.asarray(image)[None], 6, 0)
    device = as_one(crop_and_resize, pixels, boxes, size=(16, 16), flip=flip)
    difference = ops.convert_to_numpy(device) - views
    assert np.abs(difference).max() <= 1.01


def test_whole_image_of_the_right_size_is_unchanged():
    image = photo(16, 16)
    for view in cut_alone(image, KEYS, 16, (1.0, 1.0)):
        unturned = np.array_equal(view, image)
        assert unturned or np.array_equal(view[:, ::-1], image)
