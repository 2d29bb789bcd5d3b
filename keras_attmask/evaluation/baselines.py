"""What a k-NN number is to be compared with."""

import dataclasses

import numpy as np
from keras import ops

from keras_attmask.data.image_batches import image_batches


def raw_pixel_features(source, preprocessing, batch_size=256):
    """The pixels themselves as features.

    The images are cut and resized as for the backbone, but not normalised:
    a backbone that does not beat these features has learnt nothing.

    Args:
        source: images by index, see `data.sources`.
        preprocessing: `data.preprocessing.Preprocessing`.
        batch_size: images a step.

    Returns:
        float32 NumPy array `(n, H * W * C)`, values from 0 to 1.
    """
    channels = preprocessing.image_shape[-1]
    plain = dataclasses.replace(
        preprocessing, mean=(0.0,) * channels, std=(1.0,) * channels
    )
    size = int(np.prod(preprocessing.image_shape))
    features = np.empty((len(source), size), "float32")
    for images, rows in image_batches(source, plain, batch_size):
        features[rows] = ops.convert_to_numpy(images).reshape(-1, size)
    return features
