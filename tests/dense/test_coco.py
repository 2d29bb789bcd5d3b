import sys

import numpy as np
import pytest

from keras_attmask.dense import coco_metrics
from keras_attmask.dense.coco import METRICS
from keras_attmask.errors import InputError

NONE = [-1.0] * 4
BOXES = [[[0, 0, 10, 20], [20, 20, 60, 60]], [[5, 5, 25, 25], NONE]]
TRUTH = {"boxes": np.array(BOXES, "float32"), "classes": [[0, 2], [0, -1]]}


@pytest.fixture(autouse=True)
def installed():
    pytest.importorskip("pycocotools", reason="needs keras_attmask[dense]")


def found(boxes=BOXES, classes=TRUTH["classes"], confidence=None):
    if confidence is None:
        confidence = np.full(np.shape(classes), 0.5)
    boxes = np.array(boxes, "float32")
    return {"boxes": boxes, "classes": classes, "confidence": confidence}


def test_all_found_is_one_and_tells_nothing_else(capsys):
    scores = coco_metrics(TRUTH, found())
    assert tuple(scores) == METRICS and capsys.readouterr().out == ""
    assert scores["AP"] == scores["AP50"] == scores["ARm"] == 1.0
    assert np.isnan(scores["APl"])  # no object is that large
    assert all(type(value) is float for value in scores.values())


def test_an_image_in_which_nothing_is_found_counts():
    scores = coco_metrics(TRUTH, found(classes=[[0, 2], [-1, -1]]))
    # Half of class 0: precision 1 at 51 of 101 recalls; all of class 2.
    assert scores["AP"] == pytest.approx((51 / 101 + 1) / 2)
    assert scores["AR100"] == pytest.approx(0.75)


def test_nothing_found_at_all_is_zero():
    scores = coco_metrics(TRUTH, found(classes=np.full((2, 2), -1)))
    assert scores["AP"] == scores["AR100"] == 0.0


def test_overlap_is_asked_from_a_half_to_95_hundredths():
    boxes = [[[0, 0, 10, 14.4], [20, 20, 60, 48.8]], [[5, 5, 25, 19.4], NONE]]
    scores = coco_metrics(TRUTH, found(boxes))  # each overlaps by 0.72
    assert scores["AP50"] == 1.0 and scores["AP75"] == 0.0
    assert scores["AP"] == pytest.approx(0.5)


def test_a_surer_mistake_costs_precision():
    boxes = [[*BOXES[0], [90, 90, 99, 99]], [*BOXES[1], NONE]]
    classes = [[0, 2, 2], [0, -1, -1]]
    confidence = [[0.5, 0.5, 0.9], [0.5, 0, 0]]
    scores = coco_metrics(TRUTH, found(boxes, classes, confidence))
    assert scores["AP"] == pytest.approx((1 + 0.5) / 2)
    confidence[0][2] = 0.1
    scores = coco_metrics(TRUTH, found(boxes, classes, confidence))
    assert scores["AP"] == 1.0


@pytest.mark.parametrize(
    "truth, answer, words",
    [
        ({**TRUTH, "classes": [0, 2]}, found(), r"truth: .* got \(2, 2, 4\)"),
        (TRUTH, found(confidence=[0.5]), "found: .* classes"),
        (TRUTH, found(BOXES[:1], [[0, 2]]), "found: .* 2 images .* got 1"),
    ],
)
def test_mistakes_are_one_line(truth, answer, words):
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        coco_metrics(truth, answer)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocotools.cocoeval", None)
    with pytest.raises(InputError, match=r"^.*attmask\[dense\]'\), got .*$"):
        coco_metrics(TRUTH, found())
