"""Small parts of a benchmark in which there still is something to find."""

import numpy as np


def pairs_first(labels, limit):
    """Places of some images: of each class in turn two, then two more.

    Args:
        labels: `(n,)`.
        limit: images wanted; None takes all.

    Returns:
        int64 `(limit,)` or fewer, ascending.
    """
    if limit is None or limit >= len(labels):
        return np.arange(len(labels))
    rank = np.empty(len(labels), "int64")
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        rank[members] = np.arange(len(members))
    return np.sort(np.lexsort((labels, rank // 2))[:limit])


def found_first(wanted, total, limit):
    """Places of some images of a database: in turn one that each query wants.

    Args:
        wanted: for each query the places of its right images.
        total: images of the database.
        limit: images to take; None takes all.

    Returns:
        int64 `(limit,)` or fewer, ascending. Those that nobody wants come
        last, in their order.
    """
    if limit is None or limit >= total:
        return np.arange(total)
    longest = max(map(len, wanted), default=0)
    in_turn = (
        places[turn]
        for turn in range(longest)
        for places in wanted
        if turn < len(places)
    )
    order = list(dict.fromkeys([*map(int, in_turn), *range(total)]))
    return np.sort(order[:limit])
