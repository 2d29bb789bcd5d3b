import numpy as np
import pytest
from keras import ops

from keras_attmask import counter_random
from keras_attmask.layers import StochasticDepth
from keras_attmask.layers import joint_factors

ONES = np.ones((4000, 2, 3), "float32")
KEYS = counter_random.fold_in(1, np.arange(4000))


@pytest.mark.parametrize("keys", [None, KEYS])
def test_share_and_scale_of_the_survivors(keys):
    layer = StochasticDepth(0.25, seed=0)
    found = ops.convert_to_numpy(layer(ONES, sample_key=keys, training=True))
    # A whole sample lives or dies, and a survivor is divided by 0.75.
    assert (found == found[:, :1, :1]).all()
    assert sorted({round(float(v), 5) for v in found[:, 0, 0]}) == [0, 1.33333]
    # Four deviations of 4000 draws are 0.027.
    assert abs((found[:, 0, 0] == 0).mean() - 0.25) < 0.03


@pytest.mark.parametrize("rate, training", [(0.0, True), (0.5, False)])
def test_does_nothing_without_rate_or_training(rate, training):
    found = StochasticDepth(rate)(ONES[:5], training=training)
    assert (ops.convert_to_numpy(found) == 1.0).all()


def dropped(stream, keys=KEYS):
    layer = StochasticDepth(0.5, stream=stream)
    found = layer(ONES[: len(keys)], sample_key=keys, training=True)
    return ops.convert_to_numpy(found)[:, 0, 0] == 0


def test_keys_decide_and_streams_are_independent():
    first = dropped(0)
    np.testing.assert_array_equal(first, dropped(0))
    np.testing.assert_array_equal(first[::2], dropped(0, KEYS[::2]))
    assert abs((first == dropped(1)).mean() - 0.5) < 0.04


def test_generator_draws_anew():
    layer = StochasticDepth(0.5, seed=0)
    first, second = (
        ops.convert_to_numpy(layer(ONES, training=True))[:, 0, 0]
        for _ in range(2)
    )
    assert abs((first == second).mean() - 0.5) < 0.04


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_unusable_rate(rate):
    with pytest.raises(ValueError, match=r"`rate` must lie in \[0, 1\), got"):
        StochasticDepth(rate)


def test_drawn_at_once_they_are_those_of_each():
    rates = [0.0, 0.1, 0.5]
    layers = [StochasticDepth(r, stream=n) for n, r in enumerate(rates)]
    found = ops.convert_to_numpy(joint_factors(layers, ONES, KEYS))
    assert (found[0] == 1.0).all()
    for row, layer in zip(found[1:], layers[1:]):
        alone = layer.factors(ONES, KEYS, training=True)
        np.testing.assert_array_equal(row, ops.convert_to_numpy(alone))
