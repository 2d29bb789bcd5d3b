"""Cutting the views of one photograph on the host, by NumPy and Pillow."""

import functools

import numpy as np
from PIL import Image

from keras_attmask.data import view_draws


def _cut(image, box, size, flip):
    top, left, height, width = (int(number) for number in box)
    # Crop first: `resize(box=...)` would look over the edges of the box.
    view = image.crop((left, top, left + width, top + height))
    view = view.resize((size, size), Image.Resampling.BICUBIC)
    pixels = np.asarray(view)
    return pixels[:, ::-1] if flip else pixels


# Boxes and mirrors by NumPy, for the host.
draw_cuts = functools.partial(view_draws.draw_cuts, ops=np)


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
