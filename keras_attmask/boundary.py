"""Places that XLA on a CPU does not compute across."""

from keras import backend
from keras import ops

from keras_attmask.once import once
from keras_attmask.processor import compiles_for_cpu


def _helps():
    """Whether JAX compiles for a CPU; its fusion needs help there alone."""
    return backend.backend() == "jax" and compiles_for_cpu()


def _computed_once(values):
    """The same values out of a branch, which XLA never joins with others."""
    first = values[(0,) * len(values.shape)]
    # Only NaN differs from itself, and makes everything NaN.
    return ops.cond(
        ops.equal(first, first), lambda: values, lambda: values * first
    )


def apart(values):
    """The same values, computed once, whoever reads them and how often.

    `once.stored` is a hint, and XLA judges for itself what is cheap. What a
    table or a map of pixels reads is read in no order, several times over,
    and a loop that makes it anew each time takes ten times as long.

    Args:
        values: a tensor of numbers, finite; no gradient is needed.

    Returns:
        A tensor of the same shape, type and values.
    """
    if backend.backend() == "torch":  # stores every result anyway
        return values
    # A branch would have an accelerator wait for the host.
    return _computed_once(values) if compiles_for_cpu() else once(values)


@ops.custom_gradient
def _boundary(x):
    def gradient(*unused, upstream=None):
        return _computed_once(unused[0] if upstream is None else upstream)

    return x, gradient


def boundary(x):
    """x, whose gradient is computed once, whoever needs it.

    The gradient of a residual stream is a sum with a term from every layer.
    On a CPU, JAX's XLA makes that sum anew inside each transposition that a
    product asks for: the first of twelve blocks repeats the sums of eleven,
    and half of the step goes into it. Elsewhere, and on TensorFlow, where it
    was tried and did not pay, this does nothing.

    Args:
        x: float tensor of any shape.

    Returns:
        The same tensor.
    """
    return _boundary(x) if _helps() else x
