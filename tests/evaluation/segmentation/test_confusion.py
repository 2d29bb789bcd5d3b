import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation import class_iou
from keras_attmask.evaluation import confusion_matrix
from keras_attmask.evaluation import mean_iou

TRUTH = np.array([[0, 0, 0, 1], [1, 1, 2, 255]], "uint8")
FOUND = np.array([[0, 0, 1, 1], [1, 0, 0, 2]])


def test_counts_are_by_true_and_found_class():
    confusion = confusion_matrix(TRUTH, FOUND, 4)
    assert confusion.tolist() == [
        [2, 1, 0, 0],
        [1, 2, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_shares_are_common_pixels_over_those_of_either():
    confusion = confusion_matrix(TRUTH, FOUND, 4)
    # Class 0: two of 3 + 4 - 2; 1: two of 3 + 3 - 2; 2: none; 3: nowhere.
    np.testing.assert_allclose(class_iou(confusion), [0.4, 0.5, 0, np.nan])
    assert mean_iou(confusion) == pytest.approx(0.3)


def test_images_are_counted_together():
    parts = [confusion_matrix(t, f, 3) for t, f in zip(TRUTH, FOUND)]
    whole = confusion_matrix(TRUTH, FOUND, 3)
    np.testing.assert_array_equal(sum(parts), whole)


def test_agrees_with_the_definition_by_sets():
    random = np.random.default_rng(0)
    truth, found = random.integers(0, 5, (2, 3, 8, 9))
    shares = class_iou(confusion_matrix(truth, found, 5, ignored=3))
    counts = truth != 3
    for label in range(5):
        true, said = (counts & (x == label) for x in (truth, found))
        expected = (true & said).sum() / (true | said).sum()
        assert shares[label] == pytest.approx(expected)


def test_perfect_masks_score_one():
    assert mean_iou(confusion_matrix(TRUTH, TRUTH % 255, 3)) == 1.0


@pytest.mark.parametrize(
    "truth, found, words",
    [
        (TRUTH, FOUND[0], r"found: .* \(2, 4\), got \(4,\)"),
        (TRUTH, FOUND + 2, "found: .* from 0 to 2, got 2 to 3"),
        (TRUTH + 1, FOUND, "truth: .* from 0 to 2, got 0 to 3"),
        (TRUTH.astype(int) - 1, FOUND, "truth: .* got -1 to 254"),
    ],
)
def test_mistakes_are_one_line(truth, found, words):
    with pytest.raises(InputError, match=f"^{words}$"):
        confusion_matrix(truth, found, 3)


def test_nothing_that_counts_is_a_mistake():
    with pytest.raises(InputError, match="^confusion: .* got none$"):
        mean_iou(confusion_matrix([255], [0], 3))
