import numpy as np
import pytest

from keras_attmask.data import Preprocessing
from keras_attmask.data import make_scenes
from keras_attmask.evaluation.attention.boxes import attended_box
from keras_attmask.evaluation.attention.boxes import box_iou
from keras_attmask.evaluation.attention.boxes import fitted_boxes
from keras_attmask.evaluation.attention.boxes import mask_boxes
from keras_attmask.evaluation.patch_labels import fitted_mask

KEPT = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]], bool)


@pytest.mark.parametrize(
    "seed, expected",
    [((0, 0), [0, 0, 8, 8]), ((2, 2), [8, 4, 16, 12]), ((1, 1), [0, 0, 8, 8])],
)
def test_a_region_ends_where_only_corners_touch(seed, expected):
    attention = np.zeros((3, 4))
    attention[seed] = 1
    assert attended_box(KEPT, attention, 4).tolist() == expected


def test_each_region_of_each_label_has_a_box():
    mask = np.zeros((5, 8), int)
    mask[0, 1:3] = 2
    mask[3:, 5:] = 2  # the same label elsewhere
    mask[1, 3] = 2  # touches the first by a corner
    mask[4, 0] = 7
    mask[2] = 255
    found = mask_boxes(mask, 255).tolist()
    assert found == [[1, 0, 4, 2], [5, 3, 8, 5], [0, 4, 1, 5]]
    assert mask_boxes(np.zeros((2, 2), int), 255).shape == (0, 4)


def test_boxes_are_cut_and_enlarged_as_images():
    # Of 20 x 40 pixels the middle 20 x 20 becomes 10 x 10.
    preprocessing = Preprocessing((10, 10, 1), (0.0,), (1.0,))
    boxes = [[12, 4, 18, 10], [0, 0, 14, 20], [0, 0, 10, 20], [-1] * 4]
    found = fitted_boxes(boxes, (20, 40), preprocessing)
    assert found.tolist() == [[1, 2, 4, 5], [0, 0, 2, 10]]


def test_boxes_and_masks_of_scenes_stay_together():
    scenes = make_scenes("test", 20, (60, 90), (1, 1), (0.8, 1.2))
    preprocessing = Preprocessing((120, 120, 1), (0.0,), (1.0,), 0.9)
    compared = 0
    for mask, (box, *_) in zip(scenes.masks, scenes.boxes):
        if box[0] < 18 or box[1] < 3 or box[2] > 72 or box[3] > 57:
            continue  # partly cut away
        (found,) = fitted_boxes(box, mask.shape, preprocessing)
        of_mask = mask_boxes(fitted_mask(mask, preprocessing) != 0, 255)
        around = [*of_mask[:, :2].min(axis=0), *of_mask[:, 2:].max(axis=0)]
        np.testing.assert_allclose(found, around, atol=1.5)
        compared += 1
    assert compared > 4


def test_overlap_by_hand():
    box = np.array([0.0, 0.0, 4.0, 4.0])
    others = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [4, 0, 8, 4], [1, 1, 3, 3]])
    expected = [1, 8 / 24, 0, 4 / 16]
    np.testing.assert_allclose(box_iou(box, others), expected)
    assert box_iou(box, np.zeros((0, 4))).shape == (0,)
