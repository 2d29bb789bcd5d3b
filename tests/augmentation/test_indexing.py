import numpy as np
import pytest
from keras import ops

from keras_attmask.augmentation.indexing import picked
from keras_attmask.augmentation.indexing import summed_by_level
from keras_attmask.one_program import as_one


@pytest.mark.parametrize("rows", [1, 3])
def test_each_row_is_read_at_its_own_places(rows):
    random = np.random.default_rng(0)
    values = random.random((2, 3, 5)).astype("float32")
    index = random.integers(0, 5, (2, rows, 7)).astype("int32")
    tensors = map(ops.convert_to_tensor, (values, index))
    found = ops.convert_to_numpy(as_one(picked, *tensors))
    index = np.broadcast_to(index, (2, 3, 7))
    expected = np.take_along_axis(values, index, axis=-1)
    np.testing.assert_array_equal(found, expected)


def test_sums_are_kept_apart_by_row_and_level():
    levels = np.array([[[0, 3, 3], [1, 1, 1]], [[2, 2, 0], [3, 0, 3]]], "int32")
    values = np.arange(12, dtype="float32").reshape(2, 2, 3)
    tensors = map(ops.convert_to_tensor, (values, levels))
    found = ops.convert_to_numpy(as_one(summed_by_level, *tensors, count=4))
    expected = [
        [[0, 0, 0, 1 + 2], [0, 3 + 4 + 5, 0, 0]],
        [[8, 0, 6 + 7, 0], [10, 0, 0, 9 + 11]],
    ]
    np.testing.assert_array_equal(found, expected)
