"""Images with masks, whichever of the layouts the user names."""

import os

from keras_attmask.data.layouts.ade20k import is_ade20k
from keras_attmask.data.layouts.ade20k import open_ade20k
from keras_attmask.data.layouts.image_masks import has_both_parts
from keras_attmask.data.layouts.image_masks import is_image_masks
from keras_attmask.data.layouts.image_masks import open_image_masks
from keras_attmask.data.layouts.voc import is_voc
from keras_attmask.data.layouts.voc import open_voc
from keras_attmask.data.segmented import segmented
from keras_attmask.errors import InputError

_WORDS = "images/ and masks/, below train/ and test/ or alone"


def _opened(data, split):
    """One part, by classes, from a path or as it is."""
    if not isinstance(data, (str, os.PathLike)):
        return data
    path = _folder(data)
    layouts = {
        is_ade20k: open_ade20k,
        is_voc: open_voc,
        is_image_masks: open_image_masks,
    }
    for fits, opened in layouts.items():
        if fits(path):
            return opened(path, split)
    raise InputError(
        "data: expected ADEChallengeData2016, VOCdevkit, or a folder of "
        f"{_WORDS}, got {path}"
    )


def _folder(data):
    path = os.path.expanduser(os.fspath(data))
    if not os.path.isdir(path):
        raise InputError(f"data: expected an existing folder, got {path}")
    return path


def masked_train_and_test(data, limit=None):
    """Opens images with masks of classes, to learn from and to measure on.

    Args:
        data: ADEChallengeData2016, VOCdevkit, a folder of `image_masks`
            with both parts, or a pair `(train, test)` of such paths or of
            what `data.segmented` takes.
        limit: take the first so many of each; None takes all.

    Returns:
        `(train, test)`, both `Segmented`.

    Raises:
        InputError: nothing of the kind there.
    """
    if isinstance(data, (str, os.PathLike)):
        path = _folder(data)
        alone = is_image_masks(path) and not has_both_parts(path)
        if alone and not (is_ade20k(path) or is_voc(path)):
            raise InputError(
                "data: expected train/ and test/ (or val/) with images/ and "
                f"masks/ each in {path}, or images to learn from beside it, "
                "got one part alone"
            )
        data = path, path
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise InputError(
            "data: expected the name of a data set or (train, test), got "
            f"{type(data).__name__}"
        )
    parts = zip(data, ("train", "test"), ("train", "val"))
    return tuple(
        segmented(_opened(part, split), name, limit)
        for part, name, split in parts
    )


def masked_things(data, limit=None):
    """Opens images with masks of things on a ground, and their boxes.

    Args:
        data: VOCdevkit, a folder of `image_masks` (of both parts the test),
            or what `data.segmented` takes.
        limit: take the first so many; None takes all.

    Returns:
        `Segmented`, labels above 0 being things. `boxes` is None where only
        the masks tell them.

    Raises:
        InputError: nothing of the kind there.
    """
    if isinstance(data, (str, os.PathLike)):
        path = _folder(data)
        if is_voc(path):
            data = open_voc(path, masks="things")
        elif is_image_masks(path):
            data = open_image_masks(path)
        else:
            raise InputError(
                f"data: expected VOCdevkit, or a folder of {_WORDS}, got {path}"
            )
    return segmented(data, limit=limit)
