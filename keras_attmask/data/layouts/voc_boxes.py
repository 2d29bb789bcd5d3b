"""Boxes in an annotation of PASCAL VOC.

The files come from elsewhere: a document that defines entities of its own is
refused, since these can be made to fill the memory.
"""

import math
from xml.etree import ElementTree

import numpy as np

from keras_attmask.data.image_files import read_file
from keras_attmask.errors import InputError

_SIDES = ("xmin", "ymin", "xmax", "ymax")


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, *_):
        raise ValueError("a document type, which none of VOC has")


def _objects(path):
    """The elements that stand for things."""
    parser = ElementTree.XMLParser(target=_NoDoctype())
    try:
        parser.feed(read_file(path))
        return parser.close().findall("object")
    # Expat's own `ParseError`, and ValueError for an unknown encoding.
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputError(
            f"data: expected an annotation of VOC, got {path} ({error})"
        ) from error


def _box(thing, path):
    words = [thing.findtext(f"bndbox/{side}") for side in _SIDES]
    try:
        left, top, right, bottom = map(float, words)
        if math.isfinite(left + top + right + bottom):
            if left <= right and top <= bottom:
                return left - 1, top - 1, right, bottom
    except (TypeError, ValueError):
        pass
    raise InputError(
        f"data: expected a box with {', '.join(_SIDES)} for each object of "
        f"{path}, got {words}"
    )


def read_boxes(path):
    """Boxes of all objects, "difficult" ones among them.

    Args:
        path: of an XML file in Annotations/.

    Returns:
        float64 `(m, 4)`: left, top, right and bottom in pixels, right and
        bottom not within. (The files count from 1 and name the last pixel.)

    Raises:
        InputError: no such file, or another document.
    """
    boxes = [_box(thing, path) for thing in _objects(path)]
    return np.array(boxes, "float64").reshape(-1, 4)
