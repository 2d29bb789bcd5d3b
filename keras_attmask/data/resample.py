"""Resizing as two matrix products, the same on every backend.

Row i of a resampling matrix holds the weights with which the pixels of one
axis make output pixel i: Keys' cubic with a = -1/2, widened when shrinking
(antialias), half-pixel centres, weights normalised at the border. Columns
first, then rows, each rounded to whole pixel values: Pillow's `BICUBIC` to
within one grey level. The box may differ per image and may be a tensor, so
that crop and resize are one step inside a compiled graph, with static shapes.
"""

from keras import ops


def _keys_cubic(distance):
    x = ops.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return ops.where(x < 1.0, near, ops.where(x < 2.0, far, 0.0))


def resample_matrix(start, length, in_size, out_size, flip=None):
    """Weights that cut `[start, start + length)` and resize it.

    Args:
        start: float32 tensor `(...)`, first pixel of the crop.
        length: float32 tensor `(...)`, pixels in the crop.
        in_size: pixels along the axis; a Python integer or a scalar tensor.
        out_size: pixels wanted.
        flip: optional bool tensor `(...)`: read the crop backwards.

    Returns:
        float32 tensor `(..., out_size, in_size)`; rows sum to 1.
    """
    start = ops.expand_dims(ops.expand_dims(start, -1), -1)
    length = ops.expand_dims(ops.expand_dims(length, -1), -1)
    row = ops.cast(ops.arange(out_size), "float32")
    if flip is not None:
        flip = ops.expand_dims(flip, -1)
        row = ops.where(flip, out_size - 1.0 - row, row)  # (..., out)
    row = ops.expand_dims(row, -1)  # (..., out, 1)
    pixel = ops.cast(ops.arange(in_size), "float32")  # (in,)
    scale = length / out_size
    centre = start + (row + 0.5) * scale
    width = ops.maximum(scale, 1.0)
    weights = _keys_cubic((pixel + 0.5 - centre) / width)
    inside = ops.logical_and(pixel >= start, pixel < start + length)
    weights = ops.where(inside, weights, 0.0)
    return weights / ops.sum(weights, axis=-1, keepdims=True)


def _to_pixels(values):
    return ops.clip(ops.round(values), 0.0, 255.0)


def crop_and_resize(images, boxes, size, flip=None):
    """Cuts one box from each image and resizes it.

    Args:
        images: `(B, H, W, C)`, any dtype, values 0 to 255.
        boxes: float32 `(B, 4)`: top, left, height, width in pixels.
        size: `(rows, columns)` of the output.
        flip: optional bool `(B,)`: mirror left to right.

    Returns:
        float32 `(B, rows, columns, C)`: whole numbers from 0 to 255.
    """
    height, width = ops.shape(images)[1:3]
    channels = images.shape[-1]
    across = resample_matrix(boxes[:, 1], boxes[:, 3], width, size[1], flip)
    down = resample_matrix(boxes[:, 0], boxes[:, 2], height, size[0])
    x = ops.transpose(ops.cast(images, "float32"), (0, 2, 1, 3))
    x = ops.reshape(x, (-1, width, height * channels))
    x = _to_pixels(ops.matmul(across, x))  # (B, columns, H * C)
    x = ops.reshape(x, (-1, size[1], height, channels))
    x = ops.transpose(x, (0, 2, 1, 3))  # (B, H, columns, C)
    x = ops.reshape(x, (-1, height, size[1] * channels))
    x = _to_pixels(ops.matmul(down, x))  # (B, rows, columns * C)
    return ops.reshape(x, (-1, size[0], size[1], channels))
