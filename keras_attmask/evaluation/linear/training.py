"""Epochs of linear heads, and what they reach."""

import dataclasses
import math

import numpy as np

from keras_attmask.evaluation.cropped import filled

_MEASURED = 1024  # test images at a time


@dataclasses.dataclass(frozen=True)
class Course:
    """How heads fared.

    Attributes:
        heads: the `Heads` after the last epoch.
        accuracy: `(epochs, heads, 2)`: share of the test images that are
            right after each epoch, first and among five.
    """

    heads: object
    accuracy: np.ndarray

    @property
    def best_head(self):
        """The head that is best after the last epoch; the first of equals."""
        return int(self.accuracy[-1, :, 0].argmax())


def train(heads, stream, labels, epochs, batch_size, test=None):
    """Trains heads, and measures them after each epoch.

    Args:
        heads: `heads.Heads`.
        stream: function from an epoch to batches, see `streams`.
        labels: classes of the training images, `(n,)`.
        epochs: passes over them.
        batch_size: B, which the learning rate grows with.
        test: `(features, labels)` to measure on, or None.

    Returns:
        `Course`; without test images one of zero epochs.
    """
    labels = np.asarray(labels, "int32")
    reached = []
    for epoch in range(epochs):
        share = (1 + math.cos(math.pi * epoch / epochs)) / 2 * batch_size / 256
        for features, rows in stream(epoch):
            weights = np.full(len(rows), 1 / len(rows), "float32")
            heads.learn(
                features,
                filled(labels[rows], batch_size),
                filled(weights, batch_size),
                share,
            )
        if test is not None:
            reached.append(accuracy(heads, *test))
    return Course(heads, np.array(reached))


def accuracy(heads, features, labels):
    """Shares of images that heads are right about.

    Args:
        heads: `heads.Heads`.
        features: float32 `(n, D)`.
        labels: `(n,)`.

    Returns:
        float64 `(heads, 2)`: first and among five.
    """
    labels, hits = np.asarray(labels, "int32"), 0
    # Not a step's: of few images that teach, that is one or two.
    batch_size = min(_MEASURED, len(labels))
    for start in range(0, len(labels), batch_size):
        rows = slice(start, start + batch_size)
        own = labels[rows]
        hits = hits + heads.hits(
            filled(np.asarray(features[rows]), batch_size),
            filled(own, batch_size),
            filled(np.ones(len(own), "float32"), batch_size),
        )
    return hits / len(labels)
