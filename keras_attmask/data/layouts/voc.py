"""PASCAL VOC as it is published (2012; other years alike).

    VOCdevkit/VOC2012/JPEGImages/2007_000033.jpg
    VOCdevkit/VOC2012/SegmentationClass/2007_000033.png    by class
    VOCdevkit/VOC2012/SegmentationObject/2007_000033.png   by thing
    VOCdevkit/VOC2012/Annotations/2007_000033.xml          boxes
    VOCdevkit/VOC2012/ImageSets/Segmentation/{train,val}.txt

In the masks 0 is ground, and 255, the borders, does not count.
"""

import glob
import os

from keras_attmask.data.files_by_index import FilesByIndex
from keras_attmask.data.layouts.voc_boxes import read_boxes
from keras_attmask.data.segmented import Segmented
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

CLASS_NAMES = (
    "background aeroplane bicycle bird boat bottle bus car cat chair cow "
    "diningtable dog horse motorbike person pottedplant sheep sofa train "
    "tvmonitor"
).split()
_MASKS = {"classes": "SegmentationClass", "things": "SegmentationObject"}


def _root(path):
    """The folder of a year, the newest of several; or None."""
    for pattern in ("", "VOC[0-9]*", os.path.join("VOCdevkit", "VOC[0-9]*")):
        places = os.path.join(glob.escape(path), pattern)
        for folder in sorted(glob.glob(places), reverse=True):
            inner = "JPEGImages", os.path.join("ImageSets", "Segmentation")
            if all(os.path.isdir(os.path.join(folder, x)) for x in inner):
                return folder
    return None


def is_voc(path):
    """Whether a folder is of this layout."""
    return _root(path) is not None


def _listed(path):
    """Names of the images that a list holds."""
    try:
        with open(path, encoding="utf-8") as file:
            names = [line.split()[0] for line in file if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"data: expected a list of images, got {path} ({error})"
        ) from error
    for name in names:
        if os.path.basename(name) != name:
            raise InputError(
                f"data: expected names of images in {path}, got {name!r}"
            )
    return names


def open_voc(path, split="val", masks="classes"):
    """Opens one part of PASCAL VOC that has masks.

    Args:
        path: VOC2012, VOCdevkit, or the folder that holds it.
        split: "train" or "val", the list in ImageSets/Segmentation.
        masks: "classes", or "things" (by class where there are none), which
            brings the boxes of the annotations along.

    Returns:
        `Segmented`, in the order of the list.

    Raises:
        InputError: a list or a file that is missing.
    """
    root = _root(path)
    if root is None:
        raise InputError(
            "data: expected JPEGImages/ and ImageSets/Segmentation/ in "
            f"{path}, got none"
        )
    listed = os.path.join(root, "ImageSets", "Segmentation", split + ".txt")
    names = _listed(listed)
    if not os.path.isdir(os.path.join(root, _MASKS[masks])):
        folder = _MASKS["classes"]
    else:
        folder = _MASKS[masks]
    paths = _existing(root, "JPEGImages", names, ".jpg")
    found = FilesByIndex(_existing(root, folder, names, ".png"))
    source = FileSource(paths, name=listed)
    if masks == "classes":
        return Segmented(source, found, class_names=tuple(CLASS_NAMES))
    boxes = _existing(root, "Annotations", names, ".xml")
    return Segmented(source, found, FilesByIndex(boxes, read_boxes))


def _existing(root, folder, names, extension):
    paths = [os.path.join(root, folder, name + extension) for name in names]
    for path in paths:
        if not os.path.isfile(path):
            raise InputError(f"data: expected {path}, got no such file")
    return paths
