"""The nearest rows of a bank, exactly and in bounded memory.

Everything is NumPy in float32: an accelerator would round the products to 10
bits by default and break ties in any order. Of the similarities of some
queries the greatest of each group of columns is found while they are still in
the processor's cache. No row that counts lies outside of the k groups with the
greatest ones, so only these are searched.
"""

import concurrent.futures
import os

import numpy as np
from threadpoolctl import threadpool_limits

from keras_attmask.errors import InputError

_GROUP = 32  # columns
_BLOCK = 8192  # columns whose similarities stay in the cache
_ROWS = 128  # queries at a time; 1.28 million rows then take 656 MB a thread


def unit_rows(features, name):
    """Features at length one, float32 `(n, D)`.

    Args:
        features: `(n, D)`; rows of zeros stay.
        name: what an error should call them.

    Raises:
        InputError: another shape, or values that are not finite.
    """
    features = np.asarray(features)
    if features.ndim != 2 or 0 in features.shape:
        raise InputError(
            f"`{name}` must be a filled array (n, D), got {features.shape}."
        )
    unit, broken = np.empty(features.shape, "float32"), 0
    for start in range(0, len(features), _BLOCK):
        rows = features[start : start + _BLOCK].astype("float32")
        broken += int((~np.isfinite(rows)).any(axis=1).sum())
        if not broken:
            # Scaled first, so that no square overflows or vanishes.
            rows /= _not_zero(np.abs(rows).max(1, keepdims=True))
            rows /= _not_zero(np.linalg.norm(rows, axis=1)[:, None])
            unit[start : start + _BLOCK] = rows
    if broken:
        raise InputError(
            f"`{name}` must be finite, got NaN or infinity in {broken} rows."
        )
    return unit


def _not_zero(values):
    return np.where(values == 0, np.float32(1), values)


def nearest_rows(queries, bank, count):
    """The rows of a bank with the greatest products, greatest first.

    Args:
        queries: float32 `(n, D)`.
        bank: float32 `(m, D)`.
        count: rows wanted, k; a smaller bank gives all of its.

    Returns:
        `(similarity, rows)`: float32 and int64 `(n, k)`. Of equal ones the
        earlier row comes first.
    """
    count = min(count, len(bank))
    similarity = np.empty((len(queries), count), "float32")
    rows = np.empty((len(queries), count), "int64")

    def find(start):
        place = slice(start, start + _ROWS)
        similarity[place], rows[place] = _found(queries[place], bank, count)

    # Threads of our own do all of the work at once, not the products alone.
    with threadpool_limits(1, "blas"):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(find, range(0, len(queries), _ROWS)))
    return similarity, rows


def _found(queries, bank, count):
    """`nearest_rows` of a few queries."""
    products, greatest = _products(queries, bank)
    rows = np.empty((len(queries), count), "int64")
    groups = greatest.shape[1]
    plain = np.ones(len(queries), bool)
    if groups > count:
        bound = np.partition(greatest, groups - count, axis=1)[:, -count, None]
        within = greatest >= bound
        # Where groups tie at the bound there is no telling which to search.
        plain = np.count_nonzero(within, axis=1) > count
    if not plain.all():
        chosen = np.nonzero(within[~plain])[1].reshape(-1, count)
        rows[~plain] = _within(products[~plain], chosen, count)
    if plain.any():
        rows[plain] = _first(products[plain], None, count)
    return np.take_along_axis(products, rows, axis=1), rows


def _products(queries, bank):
    """All products `(n, m)`, and the greatest of each group of columns.

    A block of columns is cut into strides, so that the greatest are found
    lane by lane: group g of a block holds the columns g, g + groups, ...
    """
    products = np.empty((len(queries), len(bank)), "float32")
    greatest = []
    for start in range(0, len(bank), _BLOCK):
        block = products[:, start : start + _BLOCK]
        np.matmul(queries, bank[start : start + _BLOCK].T, out=block)
        greatest.append(_greatest(block))
    return products, np.concatenate(greatest, axis=1)


def _groups(columns):
    return -(-columns // _GROUP)


def _greatest(block):
    groups = _groups(block.shape[1])
    found = block[:, :groups].copy()
    for start in range(groups, block.shape[1], groups):
        part = block[:, start : start + groups]
        head = found[:, : part.shape[1]]
        np.maximum(head, part, out=head)
    return found


def _within(products, chosen, count):
    """Rows of the bank among those of the chosen groups `(n, count)`."""
    per_block = _groups(_BLOCK)
    first = chosen // per_block * _BLOCK
    size = np.minimum(_BLOCK, products.shape[1] - first)
    stride = -(-size // _GROUP)
    place = chosen % per_block
    steps = np.arange(_GROUP)
    columns = place[..., None] + steps * stride[..., None]  # (n, count, group)
    outside = columns >= size[..., None]
    columns = np.where(outside, 0, columns + first[..., None])
    columns = columns.reshape(len(products), -1)
    candidates = np.take_along_axis(products, columns, axis=1)
    candidates[outside.reshape(len(products), -1)] = -np.inf
    return _first(candidates, columns, count)


def _first(values, columns, count):
    """Columns of the greatest values, of equal ones the lowest first.

    Args:
        values: `(n, m)`.
        columns: `(n, m)` that they stand for; None for 0 to m - 1.
        count: columns wanted.
    """
    bound = np.partition(values, values.shape[1] - count, axis=1)
    bound = bound[:, -count, None]
    found = np.empty((len(values), count), "int64")
    for row, enough in enumerate(values >= bound):
        places = np.flatnonzero(enough)
        names = places if columns is None else columns[row, places]
        order = np.lexsort((names, -values[row, places]))[:count]
        found[row] = names[order]
    return found
