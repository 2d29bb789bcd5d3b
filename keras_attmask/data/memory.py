"""Small images, decoded once and kept."""

import numpy as np

from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.unreadable import reason_of
from keras_attmask.errors import InputError


def _read(source, index, unreadable):
    """One image, or None if it cannot be read and that is allowed."""
    try:
        return source.read(index)
    except InputError as error:
        if unreadable is None:
            raise
        unreadable.add(index, len(source), reason_of(error))
        return None


def in_memory(source, unreadable=None):
    """Reads every image of a source into one array.

    Args:
        source: any source whose images have one size.
        unreadable: an `Unreadable` that takes down images that cannot be
            read; without it, they are an error.

    Returns:
        An `ArraySource` in the same order, without unreadable images.

    Raises:
        InputError: when the sizes differ, or too much is unreadable.
    """
    if isinstance(source, ArraySource):
        return source
    images, kept = None, []
    for index in range(len(source)):
        image = _read(source, index, unreadable)
        if image is None:
            continue
        if images is None:
            images = np.empty((len(source), *image.shape), "uint8")
        if image.shape != images.shape[1:]:
            raise InputError(
                f"recipe.data.in_memory: expected images of one size, got "
                f"{images.shape[1:]} and {image.shape} in {source.name}"
            )
        images[len(kept)] = image
        kept.append(index)
    if images is None:
        raise InputError(f"data: expected images, got none in {source.name}")
    labels = None if source.labels is None else source.labels[kept]
    images = images[: len(kept)]
    return ArraySource(images, labels, source.class_names, source.name)
