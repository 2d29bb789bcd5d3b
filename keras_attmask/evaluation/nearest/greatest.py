"""The greatest of many numbers in each row, faster than by sorting.

The greatest of each small group of columns is found first, lane by lane. The k
groups with the greatest ones hold all of the k greatest numbers, so that only
these are searched, and of them only what reaches the least of the k.
"""

import numpy as np

_GROUP = 16  # columns


def greatest_columns(values, count):
    """Columns of the greatest numbers of each row, greatest first.

    Args:
        values: float32 `(n, m)`.
        count: columns wanted, k, at most m.

    Returns:
        int64 `(n, k)`; of equal numbers the lower column comes first.
    """
    stride = values.shape[1] // _GROUP
    if stride < 2 * count:  # nothing to be saved
        return _first(values, None, values, count)
    tops = _tops(values, stride)
    bound = np.partition(tops, stride - count, axis=1)[:, stride - count]
    chosen = tops >= bound[:, None]
    # Where groups tie at the bound there is no telling which to search.
    plain = np.count_nonzero(chosen, axis=1) == count
    if plain.all():
        groups = np.nonzero(chosen)[1].reshape(-1, count)
        return _within(values, groups, stride, count)
    found = np.empty((len(values), count), "int64")
    if plain.any():
        found[plain] = greatest_columns(values[plain], count)
    rest = values[~plain]
    found[~plain] = _first(rest, None, rest, count)
    return found


def _tops(values, stride):
    """The greatest of each group: group g has columns g, g + stride, ..."""
    tops = values[:, :stride].copy()
    for start in range(stride, values.shape[1], stride):
        part = values[:, start : start + stride]
        head = tops[:, : part.shape[1]]
        np.maximum(head, part, out=head)
    return tops


def _within(values, groups, stride, count):
    """`greatest_columns` among those of some groups `(n, k)`."""
    steps = -(-values.shape[1] // stride)
    starts = np.arange(steps) * stride
    columns = (groups[..., None] + starts).reshape(len(values), -1)
    inside = columns < values.shape[1]
    rows = np.arange(len(values))[:, None]
    held = values[rows, np.where(inside, columns, 0)]
    held[~inside] = -np.inf
    return _first(held, columns, values, count)


def _first(held, columns, values, count):
    """Columns of the greatest of the numbers held.

    Args:
        held: `(n, h)`, some of the values.
        columns: `(n, h)`, where they stand; None for 0 to h - 1.
        values: `(n, m)`.
        count: columns wanted.
    """
    place = held.shape[1] - count
    bound = np.partition(held, place, axis=1)[:, place]
    rows, places = np.nonzero(held >= bound[:, None])
    found = places if columns is None else columns[rows, places]
    if len(found) == len(held) * count:  # none too many
        found = found.reshape(-1, count)
        order = np.lexsort((found, -np.take_along_axis(values, found, 1)))
        return np.take_along_axis(found, order, axis=1)
    # By row, then the greatest, then the lowest column.
    order = np.lexsort((found, -values[rows, found], rows))
    rows, found = rows[order], found[order]
    begins = np.searchsorted(rows, np.arange(len(held)))
    return found[begins[:, None] + np.arange(count)]
