"""Images in order, ready for a backbone: what evaluation reads."""

import concurrent.futures
import dataclasses
import os

import numpy as np
from PIL import Image

from keras_attmask.data.source_types import ArraySource
from keras_attmask.one_program import as_one


def _fitted(image, preprocessing):
    """One decoded photograph at the size that `preprocessing` asks for."""
    box = preprocessing.centred_box(image.height, image.width, np)
    top, left, height, width = (int(number) for number in box)
    rows, columns, _ = preprocessing.image_shape
    image = image.crop((left, top, left + width, top + height))
    image = image.resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(image)


def read_ahead(read, batches):
    """Reads items by threads, a batch beyond the one that is being used.

    Args:
        read: function of one item, free of frameworks.
        batches: iterable of sequences of items.

    Yields:
        For each batch the list of what `read` made of its items.
    """
    # No more threads than cores: the framework's own wait for each other.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = None
        for batch in batches:
            coming = [pool.submit(read, item) for item in batch]
            if waiting is not None:
                yield [future.result() for future in waiting]
            waiting = coming
        if waiting is not None:
            yield [future.result() for future in waiting]


def image_batches(source, preprocessing, batch_size):
    """Reads all images of a source once, in order.

    Photographs differ in size, and a compiled backend would compile anew
    for each: Pillow brings them to one size, within a grey level of what
    `preprocessing` does with them.

    Args:
        source: any source, see `source_types`.
        preprocessing: a `Preprocessing`.
        batch_size: images a batch; the last one may be smaller.

    Yields:
        `(images, place)`: float32 tensor `(b, H, W, C)`, normalised, and the
        slice of the source that it holds.
    """
    count = len(source)
    places = [
        slice(start, min(start + batch_size, count))
        for start in range(0, count, batch_size)
    ]
    of_one_size = dataclasses.replace(preprocessing, crop_ratio=1.0)
    if isinstance(source, ArraySource):
        # What lies outside of the box need not go to the device.
        box = preprocessing.centred_box(*source.images.shape[1:3], np)
        top, left, height, width = (int(number) for number in box)
        rows = slice(top, top + height), slice(left, left + width)
        for place in places:
            cut = source.images[place][:, *rows]
            yield as_one(of_one_size, cut), place
        return
    batches = read_ahead(
        lambda index: _fitted(source.open(index), preprocessing),
        (range(place.start, place.stop) for place in places),
    )
    for place, fitted in zip(places, batches):
        yield as_one(of_one_size, np.stack(fitted)), place
