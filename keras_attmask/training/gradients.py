"""A value and its gradients, on each backend."""

import keras
from keras import ops

from keras_attmask.as_tensors import as_tensors


def value_and_gradients(function, tensors):
    """Evaluates a function and its slope in a list of tensors.

    Args:
        function: takes the list; returns a scalar and, beside it, any
            structure of tensors that is of interest too.
        tensors: list of float tensors.

    Returns:
        The scalar, what came beside it, and a list of gradients, zeros for
        tensors that the scalar does not depend on. None of them carries a
        gradient on PyTorch; elsewhere the caller's tape decides.
    """
    find = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
    return find[keras.backend.backend()](function, tensors)


def _jax(function, tensors):
    import jax

    (value, beside), gradients = jax.value_and_grad(function, has_aux=True)(
        tensors
    )
    return value, beside, gradients


def _tensorflow(function, tensors):
    import tensorflow as tf

    tensors = as_tensors(tensors)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensors)
        value, beside = function(tensors)
    gradients = tape.gradient(
        value, tensors, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    for gradient, tensor in zip(gradients, tensors):
        gradient.set_shape(tensor.shape)  # which an operation may lose
    return value, beside, gradients


def _torch(function, tensors):
    import torch

    with torch.enable_grad():
        inputs = [tensor.detach().requires_grad_() for tensor in tensors]
        value, beside = function(inputs)
        found = torch.autograd.grad(value, inputs, allow_unused=True)
    gradients = [
        ops.zeros_like(tensor) if gradient is None else gradient
        for gradient, tensor in zip(found, tensors)
    ]
    beside = keras.tree.map_structure(torch.Tensor.detach, beside)
    return value.detach(), beside, gradients
