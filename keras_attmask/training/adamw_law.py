"""The arithmetic of AdamW, as PyTorch does it."""

import math

from keras import ops


def bias_correction(beta, step):
    """1 - beta ** step; float32 powers of 0.999 would lose three digits.

    Args:
        beta: a number, 0 or more, below 1.
        step: scalar, which update this is, from 1.
    """
    logarithm = math.log(beta) if beta else -math.inf
    return -ops.expm1(step * logarithm)


def clipped(gradient, norm, limit):
    """A gradient brought to an L2 norm of `limit` at most.

    Args:
        gradient: tensor.
        norm: its L2 norm; of several gradients that lie in one tensor, their
            norms.
        limit: a number; None leaves it alone.
    """
    if limit is None:
        return gradient
    return gradient * ops.minimum(limit / (norm + 1e-6), 1.0)


def stepped(
    value, gradient, moments, betas, corrections, epsilon, rate, left=None
):
    """What becomes of values in one update.

    Args:
        value: tensor.
        gradient: of its shape, likewise both moments.
        moments: means of the gradients and of their squares, a pair.
        betas: shares of the moments that are kept, a pair of numbers.
        corrections: `bias_correction` of both.
        epsilon: added to the root of the second moment.
        rate: learning rate, a scalar.
        left: what weight decay leaves of the value, a scalar; None for all.

    Returns:
        `(moment, velocity, value)`.
    """
    first, second = moments
    first = first * betas[0] + gradient * (1 - betas[0])
    second = second * betas[1] + ops.square(gradient) * (1 - betas[1])
    mean, spread = first / corrections[0], second / corrections[1]
    kept = value if left is None else value * left
    return first, second, kept - rate * mean / (ops.sqrt(spread) + epsilon)
