"""Small images, decoded once and kept."""

import numpy as np

from keras_attmask.data.source_types import ArraySource
from keras_attmask.errors import InputError


def in_memory(source):
    """Reads every image of a source into one array.

    Args:
        source: any source whose images have one size.

    Returns:
        An `ArraySource` in the same order.

    Raises:
        InputError: when the sizes differ.
    """
    if isinstance(source, ArraySource):
        return source
    first = source.read(0)
    images = np.empty((len(source), *first.shape), "uint8")
    for index in range(len(source)):
        image = source.read(index)
        if image.shape != first.shape:
            raise InputError(
                f"recipe.data.in_memory: expected images of one size, got "
                f"{first.shape} and {image.shape} in {source.name}"
            )
        images[index] = image
    return ArraySource(images, source.labels, source.class_names, source.name)
