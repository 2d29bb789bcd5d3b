"""Features of random crops, new ones in each epoch."""

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


def dealt(seed, epoch, count, batch_size):
    """The images of an epoch in new order, batch by batch.

    Args:
        seed: of the order.
        epoch: its number.
        count: images.
        batch_size: images a batch; the last may have fewer.

    Returns:
        A list of int32 arrays.
    """
    order = shuffled(seed, epoch, count)
    return [
        order[start : start + batch_size]
        for start in range(0, count, batch_size)
    ]


def _law(side, scale):
    """Crops and mirrors, colours untouched."""
    return ViewLaw(
        global_crops=1,
        local_crops=0,
        global_size=side,
        global_scale=scale,
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
        scale: `(low, high)`, share of the area that a crop has.

    Raises:
        InputError: for a backbone of other than square images.
    """

    def __init__(
        self, reader, source, kind, batch_size, seed=0, scale=(0.08, 1.0)
    ):
        height, width, channels = reader.preprocessing.image_shape
        if height != width:
            raise InputError(
                "preprocessing: expected square images for random crops, got "
                f"{height}x{width}"
            )
        self._reader, self._count = reader, len(source)
        self._network = reader.asked(
            BlockVectors, num_blocks=kind[0], pooling=kind[1]
        )
        self._views = PhotoViews(source, _law(height, scale), seed, channels)
        self._batch_size, self._seed = batch_size, seed

    def __call__(self, epoch):
        """Yields `(features (B, D), indices (b,))`."""
        batches = dealt(self._seed, epoch, self._count, self._batch_size)

        def read(index):
            return self._views(epoch, [index])[0][0, 0]  # (S, S, C)

        for crops, rows in zip(read_ahead(read, batches), batches):
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
