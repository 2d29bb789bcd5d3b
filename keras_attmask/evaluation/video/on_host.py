"""Labels carried from frame to frame by a processor, exactly.

NumPy in float32, tile by tile, on all cores. Of the similarities to the same
place in several frames only the greatest is looked at first: no more than
`num_neighbors` places can hold one that counts, unless there are ties.
"""

import concurrent.futures
import os

import numpy as np
from threadpoolctl import threadpool_limits


def _similarities(queries, context, keys):
    """Products with the keys of each frame, `(F, q, k)`."""
    found = np.empty((len(context), len(queries), len(keys)), "float32")
    for frame, out in zip(context, found):
        np.matmul(queries, frame[keys].T, out=out)
    return found


def _greatest(values, count):
    """The least of the `count` greatest of each row, `(n, 1)`."""
    count = min(count, values.shape[1])
    place = values.shape[1] - count
    return np.partition(values, place, axis=1)[:, place, None]


def _candidates(similarities, near, count):
    """Places that may hold one of the greatest `count` of a query.

    Returns:
        `(values, places)`: float32 `(q, F, w)`, -inf where there is none, and
        int64 `(q, w)`, positions among the keys.
    """
    best = similarities.max(axis=0)
    best[~near] = -np.inf
    query, key = np.nonzero((best >= _greatest(best, count)) & near)
    held = np.bincount(query, minlength=len(best))
    column = np.arange(len(query)) - (np.cumsum(held) - held)[query]
    places = np.zeros((len(best), held.max()), "int64")
    places[query, column] = key
    values = np.full((*places.shape, len(similarities)), -np.inf, "float32")
    values[query, column] = similarities[:, query, key].T
    return values.transpose(0, 2, 1), places


def _weights(values, count, temperature):
    """Shares of the greatest values of each row, `(n, m)`; others get 0."""
    kept = values >= _greatest(values, count)
    kept &= values > -np.inf
    values = np.where(kept, values - values.max(axis=1, keepdims=True), -np.inf)
    weights = np.exp(values / np.float32(temperature))
    return weights / weights.sum(axis=1, keepdims=True)


def _of_tile(tile, queries, context, labels, num_neighbors, temperature):
    found = _similarities(queries[tile.queries], context, tile.keys)
    values, places = _candidates(found, tile.near, num_neighbors)
    weights = _weights(
        values.reshape(len(values), -1), num_neighbors, temperature
    ).reshape(values.shape)
    carried = 0
    for frame, share in zip(labels, weights.transpose(1, 0, 2)):
        carried += np.einsum("qw,qwc->qc", share, frame[tile.keys[places]])
    return carried


def carried_on_host(
    tiles, queries, context, labels, num_neighbors, temperature
):
    """See `propagation.carried_labels`; `tiles` of `tiles_of`."""
    carried = np.empty((len(queries), labels[0].shape[1]), "float32")

    def work(tile):
        carried[tile.queries] = _of_tile(
            tile, queries, context, labels, num_neighbors, temperature
        )

    # Threads of our own do all of the work at once, not the products alone.
    with threadpool_limits(1, "blas"):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(work, tiles))
    return carried
