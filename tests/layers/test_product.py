import keras
import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_attmask.layers import product as module
from keras_attmask.layers.product import product

X = np.random.default_rng(0).normal(size=(4, 3, 8)).astype("float32")
SHAPES = {"wide": (8, 20), "narrow": (8, 5)}


@pytest.fixture(params=[True, False], autouse=True)
def onednn(monkeypatch, request):
    """Both libraries of PyTorch, on any processor."""
    torch_alone = keras.backend.backend() == "torch"
    if request.param and not torch_alone:
        pytest.skip("one of PyTorch's libraries")
    monkeypatch.setattr(module, "slow_in_mkl", lambda: request.param)


def values(shape):
    return np.random.default_rng(1).normal(size=shape).astype("float32")


def assert_right(function, x, kernel, bias=None):
    """Compares values and all slopes with NumPy's."""
    given = [x, kernel] + [bias] * (bias is not None)
    found = function(*map(ops.convert_to_tensor, given))
    wanted = x @ kernel + (0 if bias is None else bias)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), wanted, rtol=1e-5, atol=1e-5
    )
    slope = np.cos(wanted)
    slopes = [
        slope @ kernel.T,
        x.reshape(-1, x.shape[-1]).T @ slope.reshape(-1, slope.shape[-1]),
        slope.reshape(-1, slope.shape[-1]).sum(0),
    ]
    for number, of_one in enumerate(slopes[: len(given)]):

        def total(value, number=number):
            tensors = [*map(ops.convert_to_tensor, given)]
            tensors[number] = value
            return ops.sum(ops.sin(function(*tensors)))

        np.testing.assert_allclose(
            gradient(total, given[number]), of_one, rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("kind", SHAPES)
def test_value_and_slopes(kind, with_bias):
    kernel = values(SHAPES[kind])
    bias = values(kernel.shape[-1]) if with_bias else None
    assert_right(product, X, kernel, bias)


def test_parts_of_a_matrix_and_of_the_tokens():
    def function(x, kernel):
        return product(x[:, :1], kernel[:, 2:5])

    kernel = values((8, 6))
    found = function(*map(ops.convert_to_tensor, (X, kernel)))
    np.testing.assert_allclose(
        ops.convert_to_numpy(found),
        X[:, :1] @ kernel[:, 2:5],
        rtol=1e-5,
        atol=1e-5,
    )
    slope = gradient(lambda k: ops.sum(function(X, k)), kernel)
    wanted = np.zeros_like(kernel)
    wanted[:, 2:5] = X[:, 0].sum(0)[:, None]
    np.testing.assert_allclose(slope, wanted, rtol=1e-5, atol=1e-5)


def test_of_nothing():
    found = product(
        ops.zeros((0, 8)), ops.convert_to_tensor(values((8, 5))), ops.zeros(5)
    )
    assert tuple(found.shape) == (0, 5)


def test_half_width_numbers():
    x, kernel = (
        ops.cast(ops.convert_to_tensor(v), "bfloat16")
        for v in (X, values((8, 5)))
    )
    found = product(x, kernel)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
