"""Images as a backbone gets them, to be looked at."""

import dataclasses

import numpy as np
from keras import ops

from keras_attmask.data.image_batches import image_batches

_SHOWN = 6


def spread_indices(count):
    """Indices of a few images to look at, spread over so many."""
    return np.unique(np.linspace(0, count - 1, _SHOWN).astype(int)).tolist()


def prepared_pixels(source, preprocessing):
    """Cuts and resizes a few images as for the backbone.

    Args:
        source: images by index, see `data.sources`; all are held at once.
        preprocessing: `data.Preprocessing`.

    Returns:
        uint8 `(n, H, W, C)`.
    """
    channels = preprocessing.image_shape[-1]
    plain = dataclasses.replace(
        preprocessing, mean=(0.0,) * channels, std=(1.0,) * channels
    )
    ((images, _),) = image_batches(source, plain, len(source))
    images = np.round(ops.convert_to_numpy(images) * 255)
    return np.clip(images, 0, 255).astype("uint8")
