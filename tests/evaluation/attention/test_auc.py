import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keras_attmask.evaluation.attention.auc import pixel_auc


def test_pairs_by_hand():
    # Of 3 x 3 pairs the middle patch has one undecided, no pair is wrong.
    assert pixel_auc([0.5, 0.3, 0.2], [2, 1, 0], [0, 1, 2]) == (8 + 0.5) / 9
    assert pixel_auc([1, 2], [3, 0], [0, 5]) == 0
    assert pixel_auc([1, 2], [0, 3], [5, 0]) == 1
    assert pixel_auc([1, 1, 1], [4, 0, 2], [0, 4, 2]) == 0.5


@pytest.mark.parametrize("levels", [3, 1000])
def test_agrees_with_scikit_learn(levels):
    """Also where many patches have the same attention."""
    random = np.random.default_rng(0)
    attention = random.integers(0, levels, 49) / levels
    pixels = random.integers(0, 3, (49, 16))  # ground, thing, not counted
    inside, outside = ((pixels == label).sum(axis=1) for label in (1, 0))
    counts = pixels != 2
    enlarged = np.repeat(attention[:, None], 16, axis=1)
    expected = roc_auc_score(pixels[counts] == 1, enlarged[counts])
    assert pixel_auc(attention, inside, outside) == pytest.approx(expected)


def test_things_alone_or_ground_alone_tell_nothing():
    assert pixel_auc([1, 2], [4, 4], [0, 0]) is None
    assert pixel_auc([1, 2], [0, 0], [4, 4]) is None
