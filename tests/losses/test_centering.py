import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_attmask.losses import Centering


def test_running_mean_by_hand():
    layer = Centering(2, momentum=0.9)
    layer.update(np.array([1.0, -2.0], "float32"))
    assert ops.convert_to_numpy(layer.centre) == pytest.approx([0.1, -0.2])
    layer.update(np.array([1.0, 3.0], "float32"))
    # .9 * .1 + .1 * 1 and .9 * -.2 + .1 * 3
    assert ops.convert_to_numpy(layer.centre) == pytest.approx([0.19, 0.12])


def test_momentum_zero_takes_the_last_mean():
    layer = Centering(1, momentum=0.0)
    for mean in (3.0, 5.0):
        layer.update(np.array([mean], "float32"))
    assert ops.convert_to_numpy(layer.centre).tolist() == [5.0]


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_is_float32_state_that_no_optimizer_moves(policy):
    layer = Centering(3, dtype=policy)
    layer.update(ops.cast(np.array([1.0, 2.0, 70000.0]), "float32"))
    assert layer.centre.dtype == "float32"
    assert not layer.trainable and not layer.trainable_variables
    assert len(layer.non_trainable_variables) == 1
    # 7000 would survive float16, but 70000 would not.
    assert ops.convert_to_numpy(layer.centre)[2] == pytest.approx(7000.0)


def test_carries_no_gradient():
    layer = Centering(2)

    def loss(x):
        layer.update(x)
        return ops.sum(x) + ops.sum(ops.convert_to_tensor(layer.centre))

    found = gradient(loss, np.array([1.0, 2.0], "float32"))
    assert found.tolist() == [1.0, 1.0]
