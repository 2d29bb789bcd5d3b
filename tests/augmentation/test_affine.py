"""Maps by hand; whole operations are compared in `test_rand_augment`."""

import numpy as np
import pytest
from keras import ops
from operations_by_pillow import drawn

from keras_attmask.augmentation.affine import affine_of
from keras_attmask.augmentation.affine import compose
from keras_attmask.augmentation.affine import warp
from keras_attmask.one_program import as_one

HEIGHT, WIDTH = 20, 30


def matrix_of(*operations):
    found = affine_of(drawn([operations]), HEIGHT, WIDTH)
    flat = [float(ops.convert_to_numpy(value)[0]) for value in found]
    return np.array([flat[:3], flat[3:], [0, 0, 1]])


def test_nothing_moves_nothing():
    matrix = matrix_of(("identity", 1.0, 1), ("color", 1.0, -1))
    np.testing.assert_array_equal(matrix, np.eye(3))


def test_the_centre_stays_where_it_turns():
    matrix = matrix_of(("rotate", 1.0, 1))
    centre = [WIDTH / 2, HEIGHT / 2, 1]
    np.testing.assert_allclose(matrix @ centre, centre, atol=1e-5)
    half, root = 0.5, np.sqrt(0.75)
    expected = [[root, -half], [half, root]]
    np.testing.assert_allclose(matrix[:2, :2], expected, atol=1e-6)


def test_what_was_done_last_is_undone_first():
    names = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
    operations = [(name, 0.7, -1) for name in names]
    expected = np.eye(3)
    for operation in operations:
        expected = expected @ matrix_of(operation)
    found = matrix_of(*operations)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_composition_is_the_product():
    random = np.random.default_rng(0)
    one, two = random.random((2, 6))
    found = np.array(compose(tuple(one), tuple(two))).reshape(2, 3)
    bottom = [[0, 0, 1]]
    expected = np.vstack([one.reshape(2, 3), bottom]) @ np.vstack(
        [two.reshape(2, 3), bottom]
    )
    np.testing.assert_allclose(found, expected[:2])


@pytest.mark.parametrize("channels", [1, 3])
def test_half_a_pixel_and_a_whole_one(channels):
    row = np.array([10.0, 20.0, 40.0, 80.0], "float32")
    images = np.tile(row, (2, channels, 3, 1))
    matrix = [np.array([v, v], "float32") for v in (1, 0, 0, 0, 1, 0)]
    matrix[2] = np.array([0.5, -1.0], "float32")  # to the left, to the right
    tensors = tuple(map(ops.convert_to_tensor, matrix))
    images = ops.convert_to_tensor(images)
    fill = tuple(range(1, channels + 1))
    found = ops.convert_to_numpy(as_one(warp, images, tensors, fill=fill))
    # The last point lies on the border, outside.
    for channel in range(channels):
        outside = channel + 1
        expected = [[15, 30, 60, 80], [outside, 10, 20, 40]]
        np.testing.assert_array_equal(found[0, channel, 1, :3], expected[0][:3])
        np.testing.assert_array_equal(found[1, channel, 1], expected[1])
        assert found[0, channel, 1, 3] == outside
