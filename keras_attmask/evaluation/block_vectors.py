"""Vectors of the last blocks, of which heads take what they want."""

import numpy as np
from keras import ops

from keras_attmask.evaluation.features import Answers
from keras_attmask.models.pooled import pooled


class BlockVectors(Answers):
    """A backbone reduced to class tokens and means of patch tokens.

    Args:
        network: `VisionTransformer`.
        num_blocks: last blocks, each after the final norm.
        pooling: see `models.pooled.pooled`.

    Call arguments:
        images: normalised float `(B, H, W, C)`.

    Returns:
        float32 `(B, num_blocks x D)`, twice as long for "token+avg".
    """

    def __init__(self, network, num_blocks=1, pooling="token", **kwargs):
        super().__init__(network, **kwargs)
        self.num_blocks, self.pooling = num_blocks, pooling

    def call(self, images):
        vectors = pooled(
            self.network, images, self.pooling, self.num_blocks, training=False
        )
        return ops.cast(vectors, "float32")


def columns_of(width, held, wanted):
    """Places of some vectors among more of them.

    Args:
        width: D of a token.
        held: `(num_blocks, pooling)` of the vectors that there are.
        wanted: likewise, of those that are looked for.

    Returns:
        int `(wanted width,)`, in the order of `pooled`.
    """
    parts = {"token": (0,), "avg": (1,), "token+avg": (0, 1)}
    (blocks, pooling), (last, taken) = held, wanted
    places = np.arange(blocks * len(parts[pooling]) * width)
    places = places.reshape(blocks, len(parts[pooling]), width)
    rows = [parts[pooling].index(part) for part in parts[taken]]
    return places[blocks - last :, rows].reshape(-1)
