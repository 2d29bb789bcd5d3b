"""The rate of large matrix products, by the framework that a step uses."""

import time

REPEATS = 5


def matmul_flops(multiply, accelerator=False):
    """FLOP a second, the best of several products.

    Args:
        multiply: a function of a side and a count that makes a square matrix
            and returns a function which multiplies it so often by itself,
            and returns when done.
        accelerator: whether products are so fast that it takes large ones, a
            row of them at once, for their start not to count.
    """
    side, count = (8192, 8) if accelerator else (3072, 1)
    work = multiply(side, count)
    work()
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return 2 * count * side**3 / best


def bound(side):
    """Of uniform entries of a matrix whose powers neither grow nor fade."""
    return (3 / side) ** 0.5


def torch_product(dtype, device="cpu"):
    """`multiply` for `matmul_flops` with PyTorch."""
    import torch

    def multiply(side, count):
        matrix = torch.empty((side, side), device=device)
        matrix = matrix.uniform_(-bound(side), bound(side)).to(dtype)

        def work():
            with torch.no_grad():
                product = matrix
                for _ in range(count):
                    product = product @ matrix
            if matrix.is_cuda:
                torch.cuda.synchronize()

        return work

    return multiply
