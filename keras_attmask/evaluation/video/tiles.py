"""A grid of patches cut into tiles, each with the patches that it may look at.

The queries of a tile look at nearly the same neighbourhood, so that their
similarities are one product of matrices, small enough for a cache.
"""

import dataclasses
import functools

import numpy as np

_SIDE = 10  # patches; a longer side computes more that nobody may look at


@dataclasses.dataclass(frozen=True, eq=False)
class Tile:
    """Queries that are worked on together.

    Attributes:
        queries: their places in the grid, row by row, int64 `(q,)`.
        keys: places that at least one of them may look at, `(k,)`.
        near: bool `(q, k)`, which one may look at which.
    """

    queries: np.ndarray
    keys: np.ndarray
    near: np.ndarray


def _cuts(length):
    """Starts and ends of nearly equal parts of an axis."""
    parts = -(-length // _SIDE)
    edges = np.arange(parts + 1) * length // parts
    return list(zip(edges[:-1], edges[1:]))


def _places(rows, columns, width):
    y, x = np.meshgrid(rows, columns, indexing="ij")
    return y.ravel(), x.ravel(), (y * width + x).ravel()


def _tile(top, bottom, left, right, grid, radius):
    height, width = grid
    y, x, queries = _places(
        np.arange(top, bottom), np.arange(left, right), width
    )
    rows = np.arange(max(top - radius, 0), min(bottom + radius, height))
    columns = np.arange(max(left - radius, 0), min(right + radius, width))
    v, u, keys = _places(rows, columns, width)
    near = np.abs(y[:, None] - v) <= radius
    near &= np.abs(x[:, None] - u) <= radius
    return Tile(queries, keys, near)


@functools.lru_cache(maxsize=4)
def tiles_of(grid, radius):
    """Cuts a grid into tiles that together hold each patch once.

    Args:
        grid: `(rows, columns)` of patches.
        radius: rows and columns that a patch may look away from its own
            place, so at (2 radius + 1)^2 places; 0 is at all.

    Returns:
        A tuple of `Tile`.
    """
    radius = radius or max(grid)
    return tuple(
        _tile(top, bottom, left, right, grid, radius)
        for top, bottom in _cuts(grid[0])
        for left, right in _cuts(grid[1])
    )
