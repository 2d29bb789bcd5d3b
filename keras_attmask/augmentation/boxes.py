"""Boxes of whole pixels as masks."""

from keras import ops


def inside(boxes, height, width):
    """Which pixels lie in a box.

    Args:
        boxes: float32 `(B, 4)`: top, left, height, width in pixels.
        height: of the images.
        width: likewise.

    Returns:
        bool `(B, height, width, 1)`.
    """
    top, left, rows, columns = (
        ops.reshape(values, (-1, 1, 1, 1))
        for values in ops.unstack(boxes, 4, axis=-1)
    )
    y = ops.reshape(ops.arange(height, dtype="float32"), (1, -1, 1, 1))
    x = ops.reshape(ops.arange(width, dtype="float32"), (1, 1, -1, 1))
    within_rows = ops.logical_and(y >= top, y < top + rows)
    within_columns = ops.logical_and(x >= left, x < left + columns)
    return ops.logical_and(within_rows, within_columns)
