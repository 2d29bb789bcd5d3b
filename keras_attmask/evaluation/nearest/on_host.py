"""The nearest rows on a CPU: products by the framework, the rest by NumPy."""

import concurrent.futures
import functools
import os

import keras
import numpy as np
from keras import ops

from keras_attmask.evaluation.nearest.greatest import greatest_columns
from keras_attmask.layers.product import product
from keras_attmask.one_program import compiled

_ROWS = 256  # queries at a time
_BLOCK = 16384  # columns of one product; larger ones wait for new pages
_LEAST = 32  # queries that a thread takes


@functools.cache
def _compiled():
    """The product; made once, so that it is compiled once a shape."""
    return compiled(product)


class HostSearch:
    """Searches one part of a bank after the other.

    Args:
        queries: float32 `(n, D)`.
        count: rows wanted of each part.
    """

    def __init__(self, queries, count):
        self._queries, self._count = queries, count

    def __call__(self, part):
        """The nearest rows of a part of the bank.

        Args:
            part: float32 `(m, D)`.

        Yields:
            `(place, similarity, rows)`: the slice of the queries, float32
            and int64 `(b, k)`, greatest first.
        """
        matrices = [
            ops.convert_to_tensor(part[start : start + _BLOCK].T)
            for start in range(0, len(part), _BLOCK)
        ]
        values = np.empty((_ROWS, len(part)), "float32")
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in range(0, len(self._queries), _ROWS):
                place = slice(start, start + _ROWS)
                own = self._queries[place]
                self._multiply(own, matrices, values)
                found = self._chosen(values[: len(own)], pool)
                yield place, *found

    def _multiply(self, own, matrices, values):
        """Puts products into `values`, whose pages there are already."""
        own, first = ops.convert_to_tensor(own), 0
        for matrix in matrices:
            found = _as_numpy(_compiled()(own, matrix))
            last = first + found.shape[1]
            values[: len(found), first:last] = found
            first = last

    def _chosen(self, values, pool):
        count = min(self._count, values.shape[1])
        pieces = max(1, min(os.cpu_count(), len(values) // _LEAST))
        found = pool.map(
            lambda piece: greatest_columns(piece, count),
            np.array_split(values, pieces),
        )
        rows = np.concatenate(list(found))
        return np.take_along_axis(values, rows, axis=1), rows


def _as_numpy(tensor):
    """A tensor's numbers where they are, not copied."""
    if keras.backend.backend() == "tensorflow":
        return np.asarray(memoryview(tensor))
    return np.asarray(tensor)
