"""The product of tokens with a matrix, by the fastest road on PyTorch."""

import functools
import os

import keras
from keras import ops

from keras_attmask.processor import slow_in_mkl


def product(x, kernel, bias=None):
    """`x @ kernel + bias`.

    Keras adds a bias after the product: a pass over the memory that
    compilers join with others, and PyTorch, operation by operation, cannot.
    PyTorch's float32 products on a CPU are MKL's, which on some processors
    are half as fast as oneDNN's; it has both.

    Args:
        x: `(..., D)`.
        kernel: `(D, E)`.
        bias: `(E,)`, or None.

    Returns:
        `(..., E)`.
    """
    if keras.backend.backend() != "torch":
        y = ops.matmul(x, kernel)
        return y if bias is None else y + bias
    from torch.nn.functional import linear

    x, kernel = (ops.convert_to_tensor(v) for v in (x, kernel))
    if bias is not None:
        bias = ops.convert_to_tensor(bias)
    if _by_onednn(x, kernel):
        return _differentiable().apply(x, kernel, bias)
    return linear(x, kernel.T, bias)


def _by_onednn(x, kernel):
    import torch

    plain = x.dtype == kernel.dtype == torch.float32 and not x.is_cuda
    traced = torch.jit.is_tracing() or torch.compiler.is_compiling()
    return plain and x.numel() > 0 and not traced and slow_in_mkl()


def _onednn(x, matrix, bias=None):
    """`x @ matrix.T + bias`; x is copied unless it lies in rows.

    Of a matrix, rows or columns must lie densely: anything else takes
    oneDNN's slowest road, hundreds of times as long.
    """
    import torch

    if not (matrix.is_contiguous() or matrix.T.is_contiguous()):
        matrix = matrix.contiguous()
    call = torch.ops.mkldnn._linear_pointwise
    return call(x.contiguous(), matrix, bias, "none", [], "")


def _of_kernel(x, slope):
    """`x.T @ slope`; the smaller of the two is copied."""
    if x.shape[-1] <= slope.shape[-1]:
        return _onednn(x.T, slope.T)
    return _onednn(slope.T, x.T).T.contiguous()


@functools.cache
def _differentiable():
    """The class is made here, for there may be no PyTorch."""
    import torch

    # For each number of rows oneDNN makes a program, in milliseconds, and keeps
    # a thousand of them: half a GB where stochastic depth leaves rows out.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8")

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(context, x, kernel, bias):
            context.save_for_backward(x, kernel)
            return _onednn(x, kernel.T, bias)

        @staticmethod
        def backward(context, slope):
            x, kernel = context.saved_tensors
            needs_x, needs_kernel, needs_bias = context.needs_input_grad
            rows, of_rows = (y.reshape(-1, y.shape[-1]) for y in (x, slope))
            of_x = of_kernel = of_bias = None
            if needs_x:
                of_x = _onednn(slope, kernel)
            if needs_kernel:
                of_kernel = _of_kernel(rows, of_rows)
            if needs_bias:
                of_bias = of_rows.sum(0)
            return of_x, of_kernel, of_bias

    return Product
