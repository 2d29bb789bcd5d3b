"""What XLA is to keep is what was given, by value and type."""

import numpy as np
import pytest
from keras import ops

from keras_attmask.once import once
from keras_attmask.once import stored
from keras_attmask.one_program import as_one


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
def test_numbers_stay_what_they_are(dtype):
    values = np.array([0, 1, 1, 0], "float32").astype(dtype)
    found = as_one(once, ops.convert_to_tensor(values))
    assert dtype in str(found.dtype)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), values)


def test_images_stay_what_they_are():
    images = np.random.default_rng(0).random((2, 3, 5, 4)).astype("float32")
    found = as_one(stored, ops.convert_to_tensor(images))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), images)
