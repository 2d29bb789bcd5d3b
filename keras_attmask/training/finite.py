"""Steps whose loss or gradients are not finite, and how they move nothing."""

import keras
from keras import ops

from keras_attmask.once import once
from keras_attmask.training.adamw import AdamW

_Scaled = keras.optimizers.LossScaleOptimizer


def which_are_finite(loss, gradients, optimizer):
    """What of a step is finite: float32 scalars, 1 where it is, otherwise 0.

    Args:
        loss: scalar.
        gradients: list of tensors.
        optimizer: of Keras.

    Returns:
        A dict of "finite", whether the step may move the state. Under a loss
        scale gradients overflow now and then, and the optimizer sees to it:
        there the loss alone decides, and "gradients_finite" is beside it.
    """
    loss, size = ops.cast(loss, "float32"), _size(gradients, optimizer)
    found = {"finite": loss + size}
    if isinstance(optimizer, _Scaled):
        found = {"finite": loss, "gradients_finite": size}
    # Once: XLA would add up all those numbers in each loop of the optimizer.
    return {
        name: ops.cast(ops.isfinite(once(value)), "float32")
        for name, value in found.items()
    }


def _size(gradients, optimizer):
    """A number that is infinite, or none, if anything in gradients is."""
    if keras.backend.backend() == "torch":
        import torch

        return sum(torch._foreach_norm(gradients))
    moving = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(moving, AdamW):  # which puts them together anyway
        gradients = moving.stacked(gradients)
    return sum(ops.sum(ops.square(gradient)) for gradient in gradients)


def apply_if(outcome, optimizer, gradients, apply):
    """One update, which moves no variable unless it is finite.

    Args:
        outcome: dict with the means over devices of `which_are_finite`.
        optimizer: of Keras.
        gradients: list of tensors.
        apply: has the optimizer apply a list of gradients.

    Returns:
        What `apply` returns; None on PyTorch when it is not called.
    """
    if keras.backend.backend() == "torch":  # one device, which can look
        scaled = isinstance(optimizer, _Scaled)
        if scaled or _all(outcome["finite"]):
            return apply(gradients)
        optimizer.iterations.assign(optimizer.iterations + 1)
        return None
    if isinstance(optimizer, AdamW):
        with optimizer.only_if(_all(outcome["finite"])):
            return apply(gradients)
    return apply(_marked(gradients, outcome, optimizer))


def _all(share):
    """Whether something is so on all devices, by the mean over them."""
    return share >= 1.0


def _marked(gradients, outcome, optimizer):
    """Gradients with which an optimizer leaves weights alone, if need be.

    It gets zeros, with which its moments shrink by a step. Under a loss scale
    all devices have to see the overflow of one.
    """
    key, mark = "finite", 0.0
    if isinstance(optimizer, _Scaled):
        key, mark = "gradients_finite", float("inf")
    return [ops.where(_all(outcome[key]), g, mark) for g in gradients]
