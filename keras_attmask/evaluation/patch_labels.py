"""Masks as the patches of a backbone see them."""

import numpy as np

from keras_attmask.errors import InputError


def patch_grid(reader):
    """How many patches the images of a reader have.

    Args:
        reader: `Reader`. Its preprocessing may ask for other images than
            the backbone's own.

    Returns:
        `(rows, columns)`.

    Raises:
        InputError: sides that the patch does not divide.
    """
    height, width, _ = reader.preprocessing.image_shape
    patch = reader.backbone.patch_size
    if height % patch or width % patch:
        raise InputError(
            "preprocessing: expected sides that are multiples of the patch, "
            f"{patch}, got {height}x{width}"
        )
    return height // patch, width // patch


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


def mask_patches(masks, patch_size):
    """Cuts masks into the pixels of their patches.

    Args:
        masks: `(B, H, W)`, sides multiples of the patch.
        patch_size: side of a patch in pixels, P.

    Returns:
        `(B, N, P * P)`, patches in the order of tokens.
    """
    batch, height, width = masks.shape
    rows, columns = height // patch_size, width // patch_size
    patches = masks.reshape(batch, rows, patch_size, columns, patch_size)
    patches = patches.transpose(0, 1, 3, 2, 4)  # (B, rows, columns, P, P)
    return patches.reshape(batch, rows * columns, patch_size**2)


def class_shares(patches, num_classes, ignored):
    """What share of each patch belongs to each class.

    Args:
        patches: integers `(..., pixels)`, see `mask_patches`.
        num_classes: K.
        ignored: a label that is no class; its share goes to none.

    Returns:
        float32 `(..., K)`.
    """
    *leading, pixels = patches.shape
    labels = patches.reshape(-1, pixels).astype("int64")
    place = np.where(labels == ignored, num_classes, labels)
    place += np.arange(len(place))[:, None] * (num_classes + 1)
    length = len(place) * (num_classes + 1)
    counted = np.bincount(place.ravel(), minlength=length)
    counted = counted.reshape(*leading, num_classes + 1)
    return (counted[..., :-1] / pixels).astype("float32")
