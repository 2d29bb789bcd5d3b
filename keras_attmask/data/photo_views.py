"""Cutting the views of one photograph on the host, by NumPy and Pillow."""

import numpy as np
from PIL import Image

from keras_attmask import counter_random
from keras_attmask.data.crop_law import draw_crop
from keras_attmask.data.crop_law import draw_flip
from keras_attmask.data.view_draws import CROP
from keras_attmask.data.view_draws import FLIP


def _cut(image, box, size, flip):
    top, left, height, width = (int(number) for number in box)
    # Crop first: `resize(box=...)` would look over the edges of the box.
    view = image.crop((left, top, left + width, top + height))
    view = view.resize((size, size), Image.Resampling.BICUBIC)
    pixels = np.asarray(view)
    return pixels[:, ::-1] if flip else pixels


def draw_cuts(keys, height, width, scale, flip_probability=0.5):
    """Draws boxes and mirrors by NumPy, as `view_draws.draw_geometry` does.

    Args:
        keys: int32 `(V,)`, one a view.
        height: of the image in pixels.
        width: likewise.
        scale: `(low, high)`, a crop's share of the image's area.
        flip_probability: of a left-right mirror.

    Returns:
        float32 boxes `(V, 4)`: top, left, height, width; bool `(V,)`.
    """
    crop_keys = counter_random.fold_in(keys, CROP, np)
    flip_keys = counter_random.fold_in(keys, FLIP, np)
    boxes = draw_crop(crop_keys, height, width, scale, ops=np)
    return boxes, draw_flip(flip_keys, flip_probability, ops=np)


def cut_views(image, boxes, flips, size):
    """Cuts square views from an image.

    Args:
        image: a `PIL.Image.Image`, RGB or "L".
        boxes: see `draw_cuts`.
        flips: likewise.
        size: side of a view in pixels S.

    Returns:
        uint8 array `(V, S, S, C)`.
    """
    channels = len(image.getbands())
    views = np.empty((len(boxes), size, size, channels), "uint8")
    for view, box, flip in zip(views, boxes, flips):
        view[...] = _cut(image, box, size, flip).reshape(view.shape)
    return views
