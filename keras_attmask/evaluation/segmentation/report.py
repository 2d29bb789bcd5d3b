"""What a segmentation leaves behind: classes in JSON, and a picture."""

import json
import os

import numpy as np

from keras_attmask.atomic import whole
from keras_attmask.evaluation.prepared_pixels import prepared_pixels
from keras_attmask.evaluation.segmentation.confusion import class_iou
from keras_attmask.visualize import segment_sheet

_TITLES = {"truth": "truth", "linear": "linear", "knn": "k-NN"}


def write_report(found, part, truth, preprocessing, output):
    """Writes segmentation_classes.json and segmentation.png.

    Args:
        found: `Measured`.
        part: the `data.Segmented` that it is of.
        truth: its `Truth`.
        preprocessing: `data.Preprocessing` of the images.
        output: folder.

    Raises:
        InputError: a folder that cannot be written.
    """
    names = truth.class_names or tuple(map(str, range(truth.num_classes)))
    with whole(os.path.join(output, "segmentation_classes.json")) as path:
        path.write_text(json.dumps(_by_class(found, names)) + "\n", "utf-8")
    rows = sorted(found.shown)
    columns = {
        title: np.stack([found.shown[row][name] for row in rows])
        for name, title in _TITLES.items()
    }
    segment_sheet(
        prepared_pixels(part.source.take(rows), preprocessing),
        columns,
        names,
        truth.ignored,
        os.path.join(output, "segmentation.png"),
    )


def _by_class(found, names):
    """IoU of each class, null where it is nowhere, and the confusion."""
    table = {"classes": list(names)}
    for probe, confusion in found.confusions.items():
        shares = [None if np.isnan(s) else s for s in class_iou(confusion)]
        table[probe] = {"iou": shares, "confusion": confusion.tolist()}
    return table
