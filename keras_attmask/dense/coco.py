"""The metrics of COCO, by its own evaluation, pycocotools."""

import contextlib
import io

import numpy as np

from keras_attmask.dense.missing import needing
from keras_attmask.errors import InputError

METRICS = (
    "AP",  # mean over overlaps of 0.50, 0.55 ... 0.95
    "AP50",
    "AP75",
    "APs",  # objects below 32 x 32 pixels
    "APm",
    "APl",  # from 96 x 96 pixels
    "AR1",  # recall of one box an image
    "AR10",
    "AR100",
    "ARs",
    "ARm",
    "ARl",
)


def _annotations(boxes, classes, scores=None):
    """COCO's list of objects; places whose class is negative are empty."""
    found = []
    for image, place in zip(*np.nonzero(classes >= 0)):
        left, top, right, bottom = (float(v) for v in boxes[image, place])
        entry = {
            "id": len(found) + 1,  # 0 is no match to pycocotools
            "image_id": int(image),
            "category_id": int(classes[image, place]),
            "bbox": [left, top, right - left, bottom - top],
            "area": (right - left) * (bottom - top),
            "iscrowd": 0,
        }
        if scores is not None:
            entry["score"] = float(scores[image, place])
        found.append(entry)
    return found


def _index(annotations, images, categories):
    from pycocotools.coco import COCO

    index = COCO()
    index.dataset = {
        "images": [{"id": i} for i in range(images)],
        "categories": [{"id": c} for c in categories],
        "annotations": annotations,
    }
    index.createIndex()
    return index


def _arrays(values, name, others):
    """Boxes, classes and what else a dict holds, checked."""
    boxes, classes, *more = (
        np.asarray(values[key]) for key in ("boxes", "classes", *others)
    )
    fits = boxes.ndim == 3 and boxes.shape[2] == 4
    if not fits or any(v.shape != boxes.shape[:2] for v in (classes, *more)):
        raise InputError(
            f"{name}: expected boxes (n, most, 4) and classes (n, most), got "
            f"{boxes.shape} and {classes.shape}"
        )
    return boxes, classes, *more


def coco_metrics(truth, found):
    """Average precision and recall of boxes found in images.

    Every image counts, also one in which nothing was found, and every class
    from 0; KerasCV's own metrics leave these out.

    Args:
        truth: dict of "boxes" `(n, most, 4)`, left, top, right and bottom in
            pixels, and "classes" `(n, most)`, -1 where there is none.
        found: likewise, and "confidence" `(n, most)`.

    Returns:
        Dict from the names in `METRICS` to floats from 0 to 1; NaN where
        there are no objects, of that size, say.

    Raises:
        InputError: arrays that do not fit, or pycocotools is missing;
            `keras_attmask[dense]` has it.

    Reference:
        "Microsoft COCO: Common Objects in Context", arXiv 1405.0312.
    """
    boxes, classes = _arrays(truth, "truth", ())
    found = _arrays(found, "found", ("confidence",))
    if len(found[0]) != len(boxes):
        raise InputError(
            f"found: expected the {len(boxes)} images of truth, got "
            f"{len(found[0])}"
        )
    categories = np.unique(classes[classes >= 0]).tolist()
    # pycocotools tells its progress.
    with needing("pycocotools"), contextlib.redirect_stdout(io.StringIO()):
        from pycocotools.cocoeval import COCOeval

        evaluation = COCOeval(
            _index(_annotations(boxes, classes), len(boxes), categories),
            _index(_annotations(*found), len(boxes), categories),
            "bbox",
        )
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    scores = (np.nan if v < 0 else float(v) for v in evaluation.stats)
    return dict(zip(METRICS, scores))
