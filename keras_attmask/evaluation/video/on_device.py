"""Labels carried from frame to frame by an accelerator."""

import numpy as np
from keras import ops

from keras_attmask.one_program import as_one


def _of_tile(
    queries,
    context,
    labels,
    places,
    keys,
    near,
    present,
    num_neighbors,
    temperature,
):
    """Labels of the queries at some places, `(q, C)`."""
    own = ops.take(queries, places, axis=0)
    seen = ops.reshape(ops.take(context, keys, axis=1), (-1, own.shape[1]))
    found = ops.matmul(own, ops.transpose(seen))  # (q, F * k)
    allowed = near[:, None, :] & present[None, :, None]
    allowed = ops.reshape(allowed, found.shape)
    found = ops.where(allowed, found, -np.inf)
    greatest = ops.top_k(found, min(num_neighbors, found.shape[1]))[0]
    kept = ops.logical_and(found >= greatest[:, -1:], allowed)
    weights = ops.exp((found - greatest[:, :1]) / temperature)
    weights = ops.where(kept, weights, 0.0)
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    known = ops.take(labels, keys, axis=1)
    return ops.matmul(weights, ops.reshape(known, (-1, labels.shape[-1])))


def _of_one_shape(tiles):
    """Places, keys and nearness of tiles, filled up to the same length."""
    queries = max(len(tile.queries) for tile in tiles)
    keys = max(len(tile.keys) for tile in tiles)
    for tile in tiles:
        more = queries - len(tile.queries)
        far = keys - len(tile.keys)
        yield (
            np.pad(tile.queries, (0, more), "edge").astype("int32"),
            np.pad(tile.keys, (0, far)).astype("int32"),
            # A row more is the last again; a key more is near to none.
            np.pad(
                np.pad(tile.near, ((0, more), (0, 0)), "edge"),
                ((0, 0), (0, far)),
            ),
        )


def carried_on_device(
    tiles, queries, context, labels, num_neighbors, temperature
):
    """See `propagation.carried_labels`; `tiles` of `tiles_of`."""
    # Few different shapes, since some backends compile for each.
    slots = 1 << (len(context) - 1).bit_length()
    absent = slots - len(context)
    present = ops.convert_to_tensor(np.arange(slots) < len(context))
    queries = ops.convert_to_tensor(queries)
    context, labels = (
        ops.convert_to_tensor(
            np.pad(np.stack(part), ((0, absent), (0, 0), (0, 0)))
        )
        for part in (context, labels)
    )
    carried = np.empty((queries.shape[0], labels.shape[-1]), "float32")
    for tile, arrays in zip(tiles, _of_one_shape(tiles)):
        found = as_one(
            _of_tile,
            queries,
            context,
            labels,
            *map(ops.convert_to_tensor, arrays),
            present,
            num_neighbors=num_neighbors,
            temperature=temperature,
        )
        found = ops.convert_to_numpy(found)
        carried[tile.queries] = found[: len(tile.queries)]
    return carried
