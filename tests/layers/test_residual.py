import keras
import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_attmask.layers.residual import residual

X = np.random.default_rng(0).normal(size=(4, 3, 2)).astype("float32")
FACTORS = {
    "some": [0, 1.5, 1.5, 0],
    "all": [1.5, 1.5, 1.5, 1.5],
    "none": [0, 0, 0, 0],
    "unset": None,
}


def plain(x, factors, tokens):
    y = ops.sin(x)[:, :tokens]
    if factors is not None:
        y = y * ops.reshape(factors, (-1, 1, 1))
    return x[:, :tokens] + y


@pytest.mark.parametrize("tokens", [3, 1])
@pytest.mark.parametrize("kind", FACTORS)
def test_value_and_gradient_are_those_of_the_plain_sum(kind, tokens):
    factors = FACTORS[kind]
    if factors is not None:
        factors = ops.convert_to_tensor(factors, "float32")
    seen = []

    def branch(x):
        seen.append(x.shape[0])
        return ops.sin(x)[:, :tokens]

    def found(x):
        return residual(x, branch, factors)

    np.testing.assert_allclose(
        ops.convert_to_numpy(found(ops.convert_to_tensor(X))),
        ops.convert_to_numpy(plain(ops.convert_to_tensor(X), factors, tokens)),
        atol=1e-6,
    )
    np.testing.assert_allclose(
        gradient(lambda x: ops.sum(found(x) ** 2), X),
        gradient(lambda x: ops.sum(plain(x, factors, tokens) ** 2), X),
        atol=1e-5,
    )
    fewer = keras.backend.backend() == "torch" and kind == "some"
    assert set(seen) == {2 if fewer else 4}


def test_every_sample_goes_through_on_request():
    seen = []

    def branch(x):
        seen.append(x.shape[0])
        return x

    factors = ops.convert_to_tensor(FACTORS["some"], "float32")
    residual(ops.convert_to_tensor(X), branch, factors, every_sample=True)
    assert seen == [4]
