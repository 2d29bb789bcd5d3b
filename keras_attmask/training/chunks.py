"""A long sum, a chunk of its rows at a time."""

from keras import ops

from keras_attmask.as_tensors import as_tensors
from keras_attmask.training.gradients import value_and_gradients


def sum_over_chunks(function, weights, rows, fixed, size, needed=None):
    """The sum of a function over chunks of rows, and its gradient.

    What the function makes of a chunk exists for that chunk alone: its
    gradient is taken as soon as its value is known, so that nothing waits in
    memory for a backward pass. The work is that of the plain sum.

    Args:
        function: `(weights, rows, fixed) -> scalar`, a sum over rows; rows
            that are all zero must add nothing.
        weights: list of tensors that all rows share.
        rows: list of tensors with one first axis.
        fixed: likewise, not differentiated.
        size: rows a chunk; 0 for all at once, without a loop.
        needed: how many leading rows matter, an int32 scalar; chunks beyond
            are not computed. None means all.

    Returns:
        Scalar, differentiable in `weights` and `rows`.
    """
    weights, rows = as_tensors(weights), as_tensors(rows)
    length = rows[0].shape[0]
    fits = needed is None and length is not None and length <= size
    if size == 0 or fits:
        return function(weights, rows, fixed)
    if length is None:  # TensorFlow knows when it runs
        length = ops.shape(rows[0])[0]
    size = _least(size, length)
    count = (length if needed is None else needed) + size - 1
    count = ops.floor_divide(count, size)
    number = len(weights)

    @ops.custom_gradient
    def whole(*values):
        total, slopes = _accumulate(
            function, values[:number], values[number:], fixed, size, count
        )

        def gradient(*unused, upstream=None):
            factor = unused[0] if upstream is None else upstream
            return tuple(
                slope * ops.cast(factor, slope.dtype) for slope in slopes
            )

        return total, gradient

    return whole(*weights, *rows)


def _least(size, length):
    both = isinstance(size, int) and isinstance(length, int)
    return min(size, length) if both else ops.minimum(size, length)


def _lengthened(x, size):
    """x and `size` rows of zeros, which the last chunk may reach into."""
    return ops.concatenate([x, ops.zeros((size, *x.shape[1:]), x.dtype)])


def _corner(x, first):
    return (first, *(0 for _ in x.shape[1:]))


def _accumulate(function, weights, rows, fixed, size, count):
    """Value and gradients, one chunk after another."""
    longer = [_lengthened(x, size) for x in rows]
    beside = [_lengthened(x, size) for x in fixed]

    def cut(x, first):
        shape = (size, *x.shape[1:])
        return ops.slice(x, _corner(x, first), shape)

    def add(number, state):
        total, slopes, row_slopes = state
        first = number * size
        still = [cut(x, first) for x in beside]
        value, _, found = value_and_gradients(
            lambda v: (
                function(v[: len(weights)], v[len(weights) :], still),
                (),
            ),
            [*weights, *(cut(x, first) for x in longer)],
        )
        slopes = [old + new for old, new in zip(slopes, found)]
        row_slopes = [
            _like(ops.slice_update(old, _corner(old, first), new), old)
            for old, new in zip(row_slopes, found[len(weights) :])
        ]
        return total + value, slopes, row_slopes

    start = (
        ops.zeros((), "float32"),
        [ops.zeros_like(x) for x in weights],
        [ops.zeros_like(x) for x in longer],
    )
    total, slopes, row_slopes = ops.fori_loop(0, count, add, start)
    row_slopes = [
        ops.slice(slope, _corner(slope, 0), ops.shape(x))
        for slope, x in zip(row_slopes, rows)
    ]
    return total, [*slopes, *row_slopes]


def _like(x, old):
    """x with the static shape of `old`, which TensorFlow's loop insists on."""
    return ops.reshape(x, ops.shape(old))
