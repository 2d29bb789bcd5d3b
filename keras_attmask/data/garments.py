"""Photographed garments, cut out of their black ground."""

import numpy as np
from PIL import Image

_DARK = 8  # grey levels up to this may be ground


def _outside(dark):
    """The part of a dark area that touches the border of the picture."""
    outside = np.zeros_like(dark)
    edge = np.ones_like(dark)
    edge[1:-1, 1:-1] = False
    grown = dark & edge
    while (grown != outside).any():
        outside = grown.copy()
        grown[1:] |= outside[:-1]
        grown[:-1] |= outside[1:]
        grown[:, 1:] |= outside[:, :-1]
        grown[:, :-1] |= outside[:, 1:]
        grown &= dark
    return outside


def silhouette(picture):
    """Where a garment is on its black ground; its dark spots belong to it.

    Args:
        picture: uint8 `(H, W)`.

    Returns:
        bool `(H, W)`.
    """
    return ~_outside(picture <= _DARK)


def _resized(values, size, filter):
    height, width = size
    return np.asarray(Image.fromarray(values).resize((width, height), filter))


def cut_out(picture, scale):
    """A garment and its silhouette at another size, without margins.

    Args:
        picture: uint8 `(H, W)`.
        scale: pixels of the result over those of the picture.

    Returns:
        `(grey, inside)`: uint8 and bool, both `(h, w)`.
    """
    inside = silhouette(picture)
    rows, columns = (np.flatnonzero(inside.any(axis=a)) for a in (1, 0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    grey, inside = picture[part], inside[part].astype("uint8") * 255
    size = [max(round(scale * side), 1) for side in grey.shape]
    grey = _resized(grey, size, Image.Resampling.BICUBIC)
    return grey, _resized(inside, size, Image.Resampling.BILINEAR) > 127
