import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.initializers import Normal
from keras_attmask.initializers import Uniform
from keras_attmask.initializers import Zeros
from keras_attmask.models import VisionTransformer
from keras_attmask.seeding import seed_all


def drawn(initializer, shape=(400, 500), dtype="float32"):
    return ops.convert_to_numpy(initializer(shape, dtype))


def test_moments_are_those_asked_for():
    normal = drawn(Normal(0.5, 0.02, seed=1))
    assert normal.mean() == pytest.approx(0.5, abs=2e-4)
    assert normal.std() == pytest.approx(0.02, rel=0.01)
    uniform = drawn(Uniform(-0.25, 0.5, seed=1))
    assert -0.25 <= uniform.min() < -0.249 and 0.499 < uniform.max() <= 0.5
    assert uniform.mean() == pytest.approx(0.125, abs=2e-3)
    assert not drawn(Zeros()).any()


@pytest.mark.parametrize("make", [Normal, Uniform, Zeros])
def test_types_and_configs_are_those_of_keras(make):
    made = make(seed=3) if make is not Zeros else make()
    found = made((2, 3), "bfloat16")
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    config = keras.initializers.serialize(made)
    again = keras.initializers.deserialize(config)
    assert type(again) is make
    np.testing.assert_array_equal(drawn(again), drawn(made))


def test_each_has_a_seed_of_its_own():
    assert (drawn(Normal()) != drawn(Normal())).any()


def test_a_seed_gives_the_same_network_on_every_backend():
    seed_all(7)
    network = VisionTransformer((8, 8, 3), 4, 2, 2, 8)
    values = np.concatenate([w.numpy().ravel() for w in network.weights])
    assert len(values) == 2200
    assert float(np.abs(values).sum()) == pytest.approx(92.620, abs=1e-3)
