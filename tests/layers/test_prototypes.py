import numpy as np
import pytest
from keras import ops

from keras_attmask.layers import Prototypes


def test_cosines_times_gains_by_hand():
    layer = Prototypes(3)
    layer.build((None, 2))
    layer.direction.assign([[3.0, 0.0, 1.0], [4.0, 5.0, -1.0]])
    layer.gain.assign([[1.0, 2.0, 1.0]])
    x = np.array([[1.0, 0.0], [0.6, 0.8]], "float32")
    # Columns of length 1: (.6, .8), twice (0, 1), (1, -1) / sqrt 2.
    root = np.sqrt(0.5)
    wanted = [[0.6, 0.0, root], [1.0, 1.6, -0.2 * root]]
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x)), wanted, rtol=0, atol=1e-6
    )


def test_length_of_a_direction_does_not_matter():
    layer = Prototypes(4)
    layer.build((None, 5))
    before = ops.convert_to_numpy(layer.kernel())
    layer.direction.assign(layer.direction * 7.0)
    after = ops.convert_to_numpy(layer.kernel())
    np.testing.assert_allclose(after, before, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(after, axis=0), 1, rtol=1e-5)


def test_starts_uniform_with_gains_of_one():
    layer = Prototypes(500)
    layer.build((None, 64))
    direction = ops.convert_to_numpy(layer.direction)
    assert 0.99 / 8 < np.abs(direction).max() <= 1 / 8
    assert (ops.convert_to_numpy(layer.gain) == 1.0).all()
    # Two axes, so that weight decay reaches the gains as well.
    assert layer.gain.shape == (1, 500)


@pytest.mark.parametrize("trainable", [True, False])
def test_flag_of_the_gains(trainable):
    layer = Prototypes(4, trainable_gain=trainable)
    layer.build((None, 5))
    names = [variable.name for variable in layer.trainable_variables]
    assert names == ["direction", "gain"][: 1 + trainable]
