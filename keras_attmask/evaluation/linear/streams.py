"""Batches of features that were read once."""

from keras_attmask.evaluation.cropped import dealt
from keras_attmask.evaluation.cropped import filled


class ReadOnce:
    """Features of images as they are, in new order each epoch.

    Args:
        features: float32 `(n, D)`, in memory or mapped into it.
        batch_size: rows a batch; the last is filled up.
        seed: of the order.
    """

    def __init__(self, features, batch_size, seed=0):
        self._features, self._batch_size = features, batch_size
        self._seed = seed

    def __call__(self, epoch):
        """Yields `(features (B, D), indices (b,))`."""
        count = len(self._features)
        for rows in dealt(self._seed, epoch, count, self._batch_size):
            yield filled(self._features[rows], self._batch_size), rows
