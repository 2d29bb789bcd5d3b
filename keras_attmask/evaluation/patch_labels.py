"""Masks as the patches of a backbone see them."""

import numpy as np


def fitted_mask(mask, preprocessing):
    """Cuts and resizes a mask as its image is, without mixing labels.

    Args:
        mask: integers `(h, w)`.
        preprocessing: `data.preprocessing.Preprocessing` of the image.

    Returns:
        `(H, W)`, each the label nearest to that pixel.
    """
    top, left, height, width = preprocessing.centred_box(*mask.shape, np)
    rows, columns, _ = preprocessing.image_shape
    y = top + (np.arange(rows) + 0.5) * height / rows
    x = left + (np.arange(columns) + 0.5) * width / columns
    return mask[np.ix_(y.astype("int64"), x.astype("int64"))]


def class_shares(masks, patch_size, num_classes, ignored):
    """What share of each patch belongs to each class.

    Args:
        masks: integers `(B, H, W)`, sides multiples of the patch.
        patch_size: side of a patch in pixels.
        num_classes: K.
        ignored: a label that is no class; its share goes to none.

    Returns:
        float32 `(B, N, K)`, patches in the order of tokens.
    """
    batch, height, width = masks.shape
    rows, columns = height // patch_size, width // patch_size
    patches = masks.reshape(batch, rows, patch_size, columns, patch_size)
    patches = patches.transpose(0, 1, 3, 2, 4)  # (B, rows, columns, p, p)
    patches = patches.reshape(batch, rows * columns, -1).astype("int64")
    place = np.where(patches == ignored, num_classes, patches)
    place += np.arange(batch * rows * columns).reshape(batch, -1, 1) * (
        num_classes + 1
    )
    length = batch * rows * columns * (num_classes + 1)
    counted = np.bincount(place.ravel(), minlength=length)
    counted = counted.reshape(batch, rows * columns, num_classes + 1)
    return (counted[..., :-1] / patch_size**2).astype("float32")
