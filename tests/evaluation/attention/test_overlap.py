import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from keras_attmask.evaluation.attention.overlap import jaccard
from keras_attmask.evaluation.attention.overlap import kept_mass


@pytest.mark.parametrize(
    "attention, mass, expected",
    [
        ([0.1, 0.4, 0.2, 0.3], 0.6, [0, 1, 0, 1]),  # 0.4 is not enough
        ([0.1, 0.6, 0.2, 0.1], 0.6, [0, 1, 0, 0]),  # just enough
        ([0.1, 0.6, 0.2, 0.1], 0.61, [0, 1, 1, 0]),
        ([2, 8, 4, 6], 0.6, [0, 1, 0, 1]),  # the sum need not be 1
        ([1] * 10, 0.6, [1] * 6 + [0] * 4),  # of equal ones the first
        ([1, 1, 1], 1.0, [1, 1, 1]),
        ([0, 3, 0], 1.0, [0, 1, 0]),
        ([0, 0, 0], 0.6, [1, 0, 0]),
    ],
)
def test_patches_by_hand(attention, mass, expected):
    assert kept_mass(attention, mass).tolist() == [bool(x) for x in expected]


def test_many_maps_and_what_they_keep():
    maps = np.random.default_rng(0).exponential(size=(3, 4, 50))
    kept = kept_mass(maps, 0.6)
    for attention, chosen in zip(maps.reshape(-1, 50), kept.reshape(-1, 50)):
        share = attention[chosen].sum() / attention.sum()
        least = attention[chosen].min()
        assert least > attention[~chosen].max()
        assert share - least / attention.sum() < 0.6 <= share


def test_shares_by_hand():
    # Kept are 4 + 1 pixels of the thing and 0 + 3 others; it has 7.
    kept = np.array([True, True, False])
    assert jaccard(kept, [4, 1, 2], [0, 3, 2]) == pytest.approx(5 / 10)
    none = np.array([False, False, False])
    assert jaccard(none, [4, 1, 2], [0, 3, 2]) == 0


def test_agrees_with_scikit_learn():
    random = np.random.default_rng(1)
    pixels = random.integers(0, 3, (12, 16))  # ground, thing, not counted
    kept = random.random((5, 12)) < 0.4
    inside, outside = ((pixels == label).sum(axis=1) for label in (1, 0))
    found = jaccard(kept, inside, outside)
    counts = pixels != 2
    for row, share in zip(kept, found):
        chosen = np.repeat(row[:, None], 16, axis=1)
        expected = jaccard_score(pixels[counts] == 1, chosen[counts])
        assert share == pytest.approx(expected)
