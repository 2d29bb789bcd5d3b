"""The nearest rows on an accelerator."""

import functools

import numpy as np
from keras import ops

from keras_attmask.evaluation.nearest.greatest import greatest_columns
from keras_attmask.full_float32 import full_float32
from keras_attmask.one_program import compiled

_ROWS = 512  # queries at a time


@functools.cache
def _program(count):
    """Products and the greatest of them; compiled once a shape."""
    return compiled(
        lambda own, matrix: ops.top_k(ops.matmul(own, matrix), count)
    )


class DeviceSearch:
    """Searches one part of a bank after the other, see `on_host.HostSearch`.

    An accelerator breaks ties in any order. One number more than wanted is
    asked for: where it equals the last one, the host decides.

    Args:
        queries: float32 `(n, D)`.
        count: rows wanted of each part.
    """

    def __init__(self, queries, count):
        self._queries, self._count = queries, count

    def __call__(self, part):
        """See `on_host.HostSearch`."""
        count = min(self._count, len(part))
        asked = min(count + 1, len(part))
        matrix = ops.convert_to_tensor(part.T)
        with full_float32():
            for start in range(0, len(self._queries), _ROWS):
                place = slice(start, start + _ROWS)
                own = self._queries[place]
                found = _program(asked)(ops.convert_to_tensor(own), matrix)
                values, rows = (
                    np.array(ops.convert_to_numpy(x)) for x in found
                )
                rows = rows.astype("int64")
                order = np.lexsort((rows, -values))
                values = np.take_along_axis(values, order, axis=1)
                rows = np.take_along_axis(rows, order, axis=1)
                if asked > count:
                    tied = values[:, -1] == values[:, -2]
                    self._settle(tied, own, matrix, values, rows, count)
                yield place, values[:, :count], rows[:, :count]

    def _settle(self, tied, own, matrix, values, rows, count):
        """Decides by the rule where the last place is tied."""
        if not tied.any():
            return
        products = ops.matmul(ops.convert_to_tensor(own[tied]), matrix)
        products = np.array(ops.convert_to_numpy(products))
        chosen = greatest_columns(products, count)
        rows[tied, :count] = chosen
        values[tied, :count] = np.take_along_axis(products, chosen, axis=1)
