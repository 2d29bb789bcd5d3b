"""Steps whose loss or gradients are not finite, and how they move nothing."""

import keras
from keras import ops

from keras_attmask.training.adamw import AdamW

_Scaled = keras.optimizers.LossScaleOptimizer


def is_finite(loss, gradients, optimizer):
    """1 where a step may move the state, otherwise 0: float32 scalar.

    Under a loss scale gradients overflow now and then, and the optimizer
    sees to it: there the loss alone is asked.

    Args:
        loss: scalar.
        gradients: list of tensors.
        optimizer: of Keras.
    """
    total = ops.cast(loss, "float32")
    if not isinstance(optimizer, _Scaled):
        total = total + _size(gradients)
    return ops.cast(ops.isfinite(total), "float32")


def _size(gradients):
    """A number that is infinite, or none, if anything in gradients is."""
    if keras.backend.backend() == "torch":
        import torch

        return sum(torch._foreach_norm(gradients))
    # The squares that clipping needs too: compilers take them once.
    return sum(ops.sum(ops.square(gradient)) for gradient in gradients)


def apply_if(finite, optimizer, gradients, variables):
    """One update in place, which moves no variable unless it is finite.

    Args:
        finite: mean over devices of `is_finite`: 1, or less.
        optimizer: of Keras.
        gradients: list of tensors.
        variables: list of variables.
    """
    looks = keras.backend.backend() == "torch"
    if looks and not isinstance(optimizer, _Scaled) and bool(finite < 1.0):
        optimizer.iterations.assign(optimizer.iterations + 1)
        return
    optimizer.apply(marked(gradients, finite, optimizer), variables)


def marked(gradients, finite, optimizer):
    """Gradients with which an optimizer leaves weights alone, if need be.

    Compiled, our `AdamW` does so by gradients that are not a number. Another
    one gets zeros, with which its moments shrink by a step.

    Args:
        gradients: list of tensors.
        finite: see `apply_if`.
        optimizer: of Keras.
    """
    if isinstance(optimizer, _Scaled):
        return gradients
    mark = float("nan") if isinstance(optimizer, AdamW) else 0.0
    if keras.backend.backend() == "torch":
        return gradients  # known to be finite
    return [ops.where(finite >= 1.0, g, mark) for g in gradients]
