"""Gradients of a scalar function, on whichever backend runs the tests."""

import keras
from keras import ops


def _tensorflow(function, variables):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = function()
    return tape.gradient(loss, [v.value for v in variables])


def _jax(function, variables):
    import jax

    def stateless(values):
        mapping = list(zip(variables, values))
        with keras.StatelessScope(state_mapping=mapping):
            return function()

    # As one program: operation by operation each would be compiled.
    return jax.jit(jax.grad(stateless))([v.value for v in variables])


def _torch(function, variables):
    import torch

    tensors = [v.value for v in variables]
    for tensor in tensors:
        tensor.requires_grad_(True)
    return torch.autograd.grad(function(), tensors, allow_unused=True)


def gradients(function, variables):
    """Gradients of `function()` as arrays; None where it does not depend.

    JAX knows no "does not depend": there the answer is zeros.
    """
    find = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
    found = find[keras.backend.backend()](function, variables)
    return [None if g is None else ops.convert_to_numpy(g) for g in found]


def gradient(function, point):
    """Gradient of `function(x)` at an array; zeros where independent."""
    variable = keras.Variable(point, dtype="float32")
    found = gradients(
        lambda: function(ops.convert_to_tensor(variable)), [variable]
    )[0]
    return (
        ops.convert_to_numpy(ops.zeros(point.shape))
        if found is None
        else (found)
    )
