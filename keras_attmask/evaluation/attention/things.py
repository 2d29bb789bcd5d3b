"""What is to be found on an image, at the size of the backbone's images."""

import dataclasses

import numpy as np

from keras_attmask.evaluation.attention.boxes import fitted_boxes
from keras_attmask.evaluation.attention.boxes import mask_boxes
from keras_attmask.evaluation.patch_labels import fitted_mask
from keras_attmask.evaluation.patch_labels import mask_patches


@dataclasses.dataclass(frozen=True, eq=False)
class Things:
    """The things of one image.

    Args:
        pixels: bool `(H, W)`, which are of a thing.
        inside: by patch, how many of its pixels are of a thing, `(N,)`.
        outside: how many are ground.
        each: the same as `inside`, thing by thing, `(m, N)`.
        boxes: float64 `(k, 4)`, left, top, right and bottom in pixels.
    """

    pixels: np.ndarray
    inside: np.ndarray
    outside: np.ndarray
    each: np.ndarray
    boxes: np.ndarray


def things_of(part, index, reader, ignored):
    """The things of one image of a part.

    Args:
        part: `data.Segmented`.
        index: of the image.
        reader: `Reader`.
        ignored: label of pixels that do not count.

    Returns:
        `Things`. Without boxes in the part, each connected region of a label
        has one.
    """
    whole = part.mask(index)
    mask = fitted_mask(whole, reader.preprocessing)
    if part.boxes is None:
        boxes = mask_boxes(mask, ignored)
    else:
        boxes = fitted_boxes(
            part.boxes[index], whole.shape, reader.preprocessing
        )
    patches = mask_patches(mask[None], reader.backbone.patch_size)[0]
    labels = np.setdiff1d(mask, (0, ignored))
    each = np.array([(patches == label).sum(axis=-1) for label in labels])
    each = each.reshape(len(labels), len(patches))
    outside = (patches == 0).sum(axis=-1)
    pixels = (mask != 0) & (mask != ignored)
    return Things(pixels, each.sum(axis=0), outside, each, boxes)
