"""What is computed again: the same numbers, less that is kept."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.layers import TransformerBlock
from keras_attmask.recomputed import cheap
from keras_attmask.recomputed import recomputing

torch_only = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="compilers decide themselves"
)


def block_and_input():
    block = TransformerBlock(2, 32)
    block.build((None, None, 8))
    x = np.random.default_rng(0).normal(size=(3, 5, 8)).astype("float32")
    return block, ops.convert_to_tensor(x)


@torch_only
def test_values_and_gradients_are_those_of_the_block_to_the_bit():
    block, x = block_and_input()
    found = []
    for lean in (False, True):
        inputs = x.clone().requires_grad_()
        if lean:
            with recomputing():
                y = block(inputs)
        else:
            y = block(inputs)
        for variable in block.trainable_variables:
            variable.value.grad = None
        (y * y).sum().backward()
        slopes = [v.value.grad for v in block.trainable_variables]
        found.append([y, inputs.grad, *slopes])
    for plain, lean in zip(*found):
        assert bool((plain == lean).all())


@pytest.fixture
def counted():
    """A function and the list of its calls."""
    calls = []

    def double(x):
        calls.append(1)
        return 2 * x

    return double, calls


@torch_only
def test_a_result_is_made_twice_and_not_kept(counted):
    import torch

    double, calls = counted
    weights = torch.ones(4, 2, requires_grad=True)
    x = torch.arange(12.0).reshape(3, 4)
    with recomputing():
        y = cheap(double, x) @ weights
    assert len(calls) == 1
    y.sum().backward()
    assert len(calls) == 2
    np.testing.assert_array_equal(
        weights.grad, np.repeat((2 * x).sum(0)[:, None], 2, 1)
    )


@torch_only
def test_outside_everything_is_kept(counted):
    import torch

    double, calls = counted
    weights = torch.ones(4, 2, requires_grad=True)
    (cheap(double, torch.ones(3, 4)) @ weights).sum().backward()
    assert len(calls) == 1
    with torch.no_grad(), recomputing():
        cheap(double, torch.ones(3, 4))
    assert len(calls) == 2


def test_other_backends_see_the_plain_function():
    with recomputing():
        y = cheap(lambda x: x + 1.0, ops.ones((2,)))
    np.testing.assert_array_equal(ops.convert_to_numpy(y), [2.0, 2.0])
