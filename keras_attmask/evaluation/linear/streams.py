"""Batches of features for heads: read once, or of ever new crops."""

import dataclasses

import numpy as np
from keras import ops

from keras_attmask.data.image_batches import read_ahead
from keras_attmask.data.order import shuffled
from keras_attmask.data.photo_views import PhotoViews
from keras_attmask.errors import InputError
from keras_attmask.evaluation.block_vectors import BlockVectors
from keras_attmask.one_program import as_one
from keras_attmask.view_law import ViewLaw


def filled(array, count):
    """An array with rows of zeros to `count`: one shape, one program."""
    short = [(0, count - len(array))] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, short) if len(array) < count else array


def _dealt(seed, epoch, count, batch_size):
    """The images of an epoch in new order, batch by batch."""
    order = shuffled(seed, epoch, count)
    return [
        order[start : start + batch_size]
        for start in range(0, count, batch_size)
    ]


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
        for rows in _dealt(self._seed, epoch, count, self._batch_size):
            yield filled(self._features[rows], self._batch_size), rows


def _law(side):
    """Crops and mirrors of the official protocol, colours untouched."""
    return ViewLaw(
        global_crops=1,
        local_crops=0,
        global_size=side,
        global_scale=(0.08, 1.0),
        flip_probability=0.5,
    )


class Cropped:
    """Features of a new random crop of each image in each epoch.

    Args:
        reader: `Reader`.
        source: images by index.
        kind: `(num_blocks, pooling)` of the features.
        batch_size: images a batch.
        seed: of order, crops and mirrors.

    Raises:
        InputError: for a backbone of other than square images.
    """

    def __init__(self, reader, source, kind, batch_size, seed=0):
        height, width, channels = reader.preprocessing.image_shape
        if height != width:
            raise InputError(
                "augment: expected square images for random crops, got "
                f"{height}x{width}"
            )
        self._reader, self._count = reader, len(source)
        self._network = reader.asked(
            BlockVectors, num_blocks=kind[0], pooling=kind[1]
        )
        self._views = PhotoViews(source, _law(height), seed, channels)
        self._batch_size, self._seed = batch_size, seed

    def __call__(self, epoch):
        """Yields `(features (B, D), indices (b,))`."""
        dealt = _dealt(self._seed, epoch, self._count, self._batch_size)

        def read(index):
            return self._views(epoch, [index])[0][0, 0]  # (S, S, C)

        for crops, rows in zip(read_ahead(read, dealt), dealt):
            crops = filled(np.stack(crops), self._batch_size)
            yield self._features(crops), rows

    def _features(self, crops):
        """Features of uint8 crops, a backbone's batch at a time."""
        prepare = dataclasses.replace(
            self._reader.preprocessing, crop_ratio=1.0
        )
        size = min(self._reader.batch_size, self._batch_size)
        found = []
        for start in range(0, len(crops), size):
            part = filled(crops[start : start + size], size)
            found.append(self._network.predict_on_batch(as_one(prepare, part)))
        return np.concatenate([ops.convert_to_numpy(x) for x in found])[
            : len(crops)
        ]
