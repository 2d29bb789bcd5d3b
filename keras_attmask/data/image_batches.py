"""Images in order, ready for a backbone: what evaluation reads."""

import concurrent.futures
import dataclasses

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
    of_one_size = dataclasses.replace(preprocessing, crop_ratio=1.0)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for start in range(0, len(source), batch_size):
            place = slice(start, min(start + batch_size, len(source)))
            if isinstance(source, ArraySource):
                yield as_one(preprocessing, source.images[place]), place
                continue
            fitted = pool.map(
                lambda index: _fitted(source.open(index), preprocessing),
                range(place.start, place.stop),
            )
            yield as_one(of_one_size, np.stack(list(fitted))), place
