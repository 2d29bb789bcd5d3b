"""x + f(x), where f is left out for some samples."""

import functools

from keras import ops

from keras_attmask.boundary import boundary
from keras_attmask.processor import on_eager_cpu


def residual(x, branch, factors=None, every_sample=False):
    """The sum of a residual branch and what it starts from.

    On PyTorch and a CPU, a sample whose factor is 0 does not go through the
    branch at all. Compiled programs have no values to look at, and compute
    what they then multiply by 0.

    Args:
        x: `(B, T, D)`.
        branch: takes `(B, T, D)`, of any B; returns `(B, t, D)` for the
            first t tokens, which alone are needed from here on.
        factors: optional `(B,)`, what the branch is multiplied by, see
            `StochasticDepth.factors`.
        every_sample: have the branch see them all in any case.

    Returns:
        `(B, t, D)`.
    """
    if factors is not None and on_eager_cpu(x) and not every_sample:
        rows = factors.nonzero()[:, 0]
        if 0 < len(rows) < len(factors):
            return _of_some(x, branch, factors, rows)
    y = branch(x)
    if factors is not None:
        y = y * ops.reshape(factors, (-1, 1, 1))
    return boundary(x[:, : y.shape[1]] + y)


def _of_some(x, branch, factors, rows):
    y = branch(x.index_select(0, rows))
    return _sum().apply(x[:, : y.shape[1]], y, factors[rows], rows)


@functools.cache
def _sum():
    """The class is made here, for there may be no PyTorch."""
    import torch

    class Sum(torch.autograd.Function):
        """PyTorch's own sum would keep y for its gradient."""

        @staticmethod
        def forward(context, x, y, factors, rows):
            factors = factors.reshape(-1, 1, 1).to(y.dtype)
            context.save_for_backward(factors, rows)
            return x.index_add(0, rows, y * factors)

        @staticmethod
        def backward(context, slope):
            factors, rows = context.saved_tensors
            of_y = slope.index_select(0, rows).mul_(factors)
            return slope, of_y, None, None

    return Sum
