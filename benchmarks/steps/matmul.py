"""The rate of large matrix products, by the framework that a step uses."""

import time

SIDE = 3072
REPEATS = 5


def matmul_flops(multiply):
    """FLOP a second, the best of several products.

    Args:
        multiply: a function of a side that makes two square matrices and
            returns a function which multiplies them, and returns when done.
    """
    work = multiply(SIDE)
    work()
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return 2 * SIDE**3 / best


def torch_product(dtype, device="cpu"):
    """`multiply` for `matmul_flops` with PyTorch."""
    import torch

    def multiply(side):
        matrix = torch.ones((side, side), dtype=dtype, device=device)

        def work():
            with torch.no_grad():
                matrix @ matrix
            if matrix.is_cuda:
                torch.cuda.synchronize()

        return work

    return multiply
