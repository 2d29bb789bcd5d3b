"""Boxes around things and around attention, in pixels.

A box is left, top, right and bottom, right and bottom not within.
"""

import numpy as np
from scipy import ndimage

_ANY_SIDE = np.ones((3, 3), int)  # corners touch, too


def attended_box(kept, attention, patch_size):
    """The box around the patch with most attention and those beside it.

    Args:
        kept: bool `(rows, columns)`, chosen patches.
        attention: `(rows, columns)`; its first maximum is where a region of
            kept patches, side by side, is taken from.
        patch_size: side of a patch in pixels.

    Returns:
        float64 `(4,)`.
    """
    seed = np.unravel_index(np.argmax(attention), attention.shape)
    regions, _ = ndimage.label(kept)
    return patch_size * _around(regions == regions[seed])


def _around(inside):
    rows, columns = (np.flatnonzero(inside.any(axis=a)) for a in (1, 0))
    box = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return np.array(box, "float64")


def mask_boxes(mask, ignored):
    """The box of each connected region of a label.

    Args:
        mask: integers `(H, W)`; 0 is ground.
        ignored: another label that is no thing.

    Returns:
        float64 `(m, 4)`.
    """
    boxes = []
    for label in np.setdiff1d(mask, (0, ignored)):
        regions, _ = ndimage.label(mask == label, _ANY_SIDE)
        for rows, columns in ndimage.find_objects(regions):
            boxes.append((columns.start, rows.start, columns.stop, rows.stop))
    return np.array(boxes, "float64").reshape(-1, 4)


def fitted_boxes(boxes, size, preprocessing):
    """Cuts and enlarges boxes as their image is.

    Args:
        boxes: `(m, 4)`; rows below 0 stand for nothing.
        size: `(h, w)` of the image.
        preprocessing: `data.Preprocessing` of the image.

    Returns:
        float64 `(k, 4)`: what is seen of those that are seen.
    """
    boxes = np.asarray(boxes, "float64").reshape(-1, 4)
    boxes = boxes[(boxes[:, 2:] > boxes[:, :2]).all(axis=1)]
    top, left, height, width = preprocessing.centred_box(*size, np)
    rows, columns, _ = preprocessing.image_shape
    corner, sides = np.array([left, top]), np.array([columns, rows])
    scale = sides / np.array([width, height])
    seen = ((boxes.reshape(-1, 2, 2) - corner) * scale).clip(0, sides)
    seen = seen.reshape(-1, 4)
    return seen[(seen[:, 2:] > seen[:, :2]).all(axis=1)]


def box_iou(box, boxes):
    """Intersection over union of a box with each of others.

    Args:
        box: `(4,)`, of some area.
        boxes: `(m, 4)`.

    Returns:
        float64 `(m,)`.
    """
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(
        box[:2], boxes[:, :2]
    )
    common = np.prod(np.maximum(sides, 0), axis=1)
    areas = [np.prod(b[..., 2:] - b[..., :2], axis=-1) for b in (box, boxes)]
    return common / (areas[0] + areas[1] - common)
