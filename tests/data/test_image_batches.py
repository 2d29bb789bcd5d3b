import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_attmask.data.image_batches import image_batches
from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.sources import open_source

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ONE_LEVEL = 1 / 255 / 0.224 + 1e-4


def gather(source, preprocessing, batch_size):
    pairs = list(image_batches(source, preprocessing, batch_size))
    images = [ops.convert_to_numpy(batch) for batch, _ in pairs]
    return images, [place for _, place in pairs]


@pytest.mark.parametrize("size", [(8, 8), (12, 10)])
def test_arrays_in_order_with_a_smaller_last_batch(size):
    shape = (5, *size, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, "uint8")
    preprocessing = Preprocessing((8, 8, 3), MEAN, STD)
    found, places = gather(ArraySource(images), preprocessing, 2)
    assert places == [slice(0, 2), slice(2, 4), slice(4, 5)]
    expected = ops.convert_to_numpy(preprocessing(images))
    np.testing.assert_allclose(np.concatenate(found), expected, atol=ONE_LEVEL)


@pytest.mark.parametrize("channels", [3, 1])
def test_photographs_are_fitted_as_by_the_preprocessing(tmp_path, channels):
    generator = np.random.default_rng(0)
    for number, size in enumerate([(30, 41), (40, 17), (30, 41)]):
        coarse = generator.integers(0, 256, (5, 6, 3), "uint8")
        image = Image.fromarray(coarse).resize(size[::-1], Image.BICUBIC)
        image.save(tmp_path / f"{number}.png")
    source = open_source(tmp_path)
    shape = (16, 14, channels)
    preprocessing = Preprocessing(shape, MEAN[:channels], STD[:channels], 0.8)
    found, places = gather(source, preprocessing, 2)
    assert [batch.shape for batch in found] == [(2, *shape), (1, *shape)]
    for number, image in enumerate(np.concatenate(found)):
        alone = preprocessing(source.read(number)[None])
        np.testing.assert_allclose(
            image, ops.convert_to_numpy(alone)[0], atol=1.5 * ONE_LEVEL
        )
