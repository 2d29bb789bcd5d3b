"""Rotation, shear and translation as one map from result to source.

A matrix is a tuple of six tensors `(a, b, c, d, e, f)`, each `(B,)`: the
point (x, y) of the result shows the point (a x + b y + c, d x + e y + f) of
the source, in pixels from the top left corner (Pillow's `Image.transform`).
"""

import math

import numpy as np
from keras import ops

from keras_attmask.augmentation.indexing import picked
from keras_attmask.augmentation.rand_draws import strength
from keras_attmask.once import once

_ROTATE = math.radians(30.0)
_SHEAR = 0.3
_TRANSLATE = 150.0 / 331.0  # of the side; AutoAugment's pixels of 331


def _matrices(drawn, height, width):
    """Those of single operations, `(B, N)` each; the identity for others."""
    angle = strength(drawn, "rotate", _ROTATE)
    turned = ops.not_equal(angle, 0.0)
    cosine = ops.where(turned, ops.cos(angle), 1.0)
    sine = ops.where(turned, ops.sin(angle), 0.0)
    across, down = 0.5 * width, 0.5 * height
    translate_x = strength(drawn, "translate_x", _TRANSLATE * width)
    translate_y = strength(drawn, "translate_y", _TRANSLATE * height)
    return (
        cosine,
        strength(drawn, "shear_x", _SHEAR) - sine,
        translate_x + (1.0 - cosine) * across + sine * down,
        strength(drawn, "shear_y", _SHEAR) + sine,
        cosine,
        translate_y + (1.0 - cosine) * down - sine * across,
    )


def compose(outer, inner):
    """The map that goes through `inner` first, then through `outer`.

    Products are written out: as matrix products, accelerators would round
    them to half the digits.
    """
    a, b, c, d, e, f = outer
    p, q, r, s, t, u = inner
    return (
        a * p + b * s,
        a * q + b * t,
        a * r + b * u + c,
        d * p + e * s,
        d * q + e * t,
        d * r + e * u + f,
    )


def affine_of(drawn, height, width):
    """The map of all that was drawn for each image, one after another.

    Args:
        drawn: see `rand_draws.draw_operations`.
        height: of the images in pixels.
        width: likewise.

    Returns:
        A matrix, see above.
    """
    each = _matrices(drawn, height, width)
    steps = [
        tuple(values[:, slot] for values in each)
        for slot in range(each[0].shape[1])
    ]
    # What was done last is undone first on the way to the source.
    matrix = steps[0]
    for step in steps[1:]:
        matrix = compose(matrix, step)
    return matrix


def _source(matrix, height, width):
    """Points of the source that pixels show: x and y, `(B, 1, H, W)`."""
    x = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, 1, -1)) + 0.5
    y = ops.reshape(ops.arange(height, dtype="float32"), (1, 1, -1, 1)) + 0.5
    a, b, c, d, e, f = (
        ops.reshape(once(values), (-1, 1, 1, 1)) for values in matrix
    )
    return a * x + b * y + c, d * x + e * y + f


def _between(position, size):
    """Pixels before and after a position, and the share of the latter."""
    position = position - 0.5
    before = ops.floor(position)
    pixels = (
        ops.cast(ops.clip(before + n, 0.0, size - 1.0), "int32")
        for n in range(2)
    )
    return *pixels, position - before


def warp(images, matrix, fill):
    """Reads images through a map, bilinear, as Pillow does it.

    Args:
        images: float32 `(B, C, H, W)`.
        matrix: see above; the identity keeps each bit.
        fill: C numbers, the colour where the source has no pixel.

    Returns:
        float32 `(B, C, H, W)`.
    """
    channels, height, width = images.shape[1:]
    x, y = _source(matrix, height, width)
    left, right, across = _between(x, width)
    upper, lower, down = _between(y, height)
    flat = ops.reshape(images, (-1, channels, height * width))

    def pixels(row, column):
        index = ops.reshape(row * width + column, (-1, 1, height * width))
        found = picked(flat, index)
        return ops.reshape(found, (-1, channels, height, width))

    above = pixels(upper, left) * (1.0 - across) + pixels(upper, right) * across
    under = pixels(lower, left) * (1.0 - across) + pixels(lower, right) * across
    mixed = above * (1.0 - down) + under * down
    inside = ops.logical_and(
        ops.logical_and(x >= 0.0, x < width),
        ops.logical_and(y >= 0.0, y < height),
    )
    fill = ops.convert_to_tensor(np.float32(fill).reshape(1, -1, 1, 1))
    return ops.where(inside, mixed, fill)
