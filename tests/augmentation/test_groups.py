import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.augmentation.groups import in_groups


@pytest.mark.parametrize("rows", [1, 4, 5, 11])
def test_every_image_comes_once_and_in_order(rows):
    images = np.random.default_rng(0).random((rows, 2, 3, 1)).astype("float32")
    keys = np.arange(rows, dtype="int32")
    numbers = keys.reshape(-1, 1, 1, 1).astype("float32")
    sizes = []

    def add(images, keys):
        sizes.append(images.shape[0])
        return images + ops.reshape(ops.cast(keys, "float32"), (-1, 1, 1, 1))

    tensors = map(ops.convert_to_tensor, (images, keys))
    found = ops.convert_to_numpy(in_groups(add, *tensors))
    np.testing.assert_array_equal(found, images + numbers)
    if keras.backend.backend() != "torch":
        assert sizes == [rows]
    assert sum(sizes) == rows
