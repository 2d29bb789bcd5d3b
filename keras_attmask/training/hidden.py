"""Hidden patches, gathered: what the patch loss needs and little else.

Compiled programs need static shapes, and by the published law most of the
places that could be hidden are not: half of the views hide nothing, the
others 0.6 of what they may on average.
"""

import dataclasses

from keras import ops

from keras_attmask.losses import share_of_patches
from keras_attmask.processor import compiles_for_cpu
from keras_attmask.processor import on_eager_cpu

# Tokens a chunk where a loop may stop early: much more would overshoot, much
# less would read the head's weights too often.
_EARLY = 128


@dataclasses.dataclass(frozen=True)
class Hidden:
    """Candidate places in rows: `(R, ...)`, whose first axis may be cut.

    Attributes:
        tokens: the student's, `(R, D)` or `(R, M, D)`.
        vectors: the teacher's unit vectors, `(R, d)` or `(R, M, d)`.
        shares: float32 `(R,)` or `(R, M)`: what each place counts in the
            loss, 0 for a place that is not hidden.
        needed: int32 scalar: rows from there on count nothing; None where
            nobody can tell.
    """

    tokens: object
    vectors: object
    shares: object
    needed: object = None

    def rows_a_chunk(self, size):
        """Rows that hold `size` tokens; 0, for all of them, stays 0."""
        if not size:
            return 0
        if self.needed is not None:
            return min(size, _EARLY)
        across = self.shares.shape[1:]
        if not across:
            return size
        if across[0] is None:  # TensorFlow knows when it runs
            width = ops.shape(self.shares)[1]
            return ops.maximum(ops.floor_divide(size, width), 1)
        return max(size // across[0], 1)


def gather_hidden(tokens, vectors, mask, capacity, views=1, masked_views=1):
    """Collects hidden patches in arrays of static shape.

    On a CPU all views' hidden patches come one after another, so that work
    may end with the last of them (PyTorch, which knows their number, takes
    no other). Elsewhere each view keeps its own, hidden ones first: a place
    more is a row for all views, and no view leaves its device.

    Args:
        tokens: the student's patch tokens `(M, N, D)`.
        vectors: the teacher's unit vectors `(M, N, d)`.
        mask: bool `(M, N)` with at most `capacity` True a view.
        capacity: S, a Python integer.
        views: views an image; M is that many times the batch, view by view.
        masked_views: how many views of an image hide anything, at most.

    Returns:
        `Hidden`.
    """
    shares, masked_views = share_of_patches(mask), max(masked_views, 1)
    if on_eager_cpu(tokens):
        places = ops.reshape(shares, (-1,)).nonzero()[:, 0]
        places = places if len(places) else places.new_zeros(1)
        return Hidden(*_of_all(tokens, vectors, shares, places))
    if compiles_for_cpu():
        hidden = ops.cast(ops.reshape(mask, (-1,)), "int32")
        most = ops.shape(mask)[0] // views * masked_views * capacity
        places = ops.argsort(ops.negative(hidden))[:most]
        found = _of_all(tokens, vectors, shares, places)
        return Hidden(*found, needed=ops.sum(hidden))
    return _of_each(tokens, vectors, shares, capacity, views, masked_views)


def _of_all(tokens, vectors, shares, places):
    flat = [
        ops.reshape(x, (-1, *x.shape[2:])) for x in (tokens, vectors, shares)
    ]
    return [ops.take(x, places, axis=0) for x in flat]


def _of_each(tokens, vectors, shares, capacity, views, masked_views):
    if masked_views < views:
        rows = _rows_in_use(shares, views, masked_views)
        tokens, vectors, shares = (
            ops.take(x, rows, axis=0) for x in (tokens, vectors, shares)
        )
    places = ops.argsort(ops.negative(shares), axis=-1)[:, :capacity]
    shares = ops.take_along_axis(shares, places, axis=1)
    places = ops.expand_dims(places, -1)
    found = (ops.take_along_axis(x, places, axis=1) for x in (tokens, vectors))
    return Hidden(*(ops.moveaxis(x, 0, 1) for x in (*found, shares)))


def _rows_in_use(shares, views, masked_views):
    """The views of each image that hide anything: int32, view by view."""
    used = ops.reshape(ops.max(shares, axis=-1), (views, -1))
    order = ops.argsort(ops.negative(used), axis=0)[:masked_views]
    images = ops.shape(used)[1]
    return ops.reshape(order * images + ops.arange(images), (-1,))
