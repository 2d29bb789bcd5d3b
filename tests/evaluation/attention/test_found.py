import numpy as np
import pytest

from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.data.segmented import Segmented
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation.attention.found import Finder
from keras_attmask.evaluation.attention.found import centred_map
from keras_attmask.evaluation.attention.things import things_of
from keras_attmask.models import VisionTransformer

PREPROCESSING = Preprocessing((8, 16, 1), (0.0,), (1.0,))  # 2 x 4 patches


def things(mask, boxes=None):
    source = ArraySource(np.zeros((1, 8, 16, 1), "uint8"))
    backbone = VisionTransformer((8, 16, 1), 4, 1, 1, 16)
    boxes = None if boxes is None else [boxes]
    part = Segmented(source, [mask], boxes)
    return things_of(part, 0, Reader(backbone, PREPROCESSING), 255)


MASK = np.zeros((8, 16), "uint8")
MASK[:4, :8] = 1  # patches 0 and 1
MASK[4:, 14:] = 2  # half of patch 7
MASK[4:, :4] = 255  # patch 4


def test_pixels_of_patches():
    found = things(MASK)
    assert found.inside.tolist() == [16, 16, 0, 0, 0, 0, 0, 8]
    assert found.outside.tolist() == [0, 0, 16, 16, 0, 16, 16, 8]
    assert found.each.sum(axis=1).tolist() == [32, 8]
    assert found.boxes.tolist() == [[0, 0, 8, 4], [14, 4, 16, 8]]
    assert found.pixels.sum() == 40
    assert things(MASK, [[1, 1, 9, 9]]).boxes.tolist() == [[1, 1, 9, 8]]


def test_numbers_by_hand():
    heads = (
        np.array(
            [
                [5, 4, 0, 0, 0, 0, 0, 1],  # keeps 0 and 1
                [0, 0, 2, 0, 0, 0, 0, 8],  # keeps 7
            ]
        )
        / 10
    )
    # Their mean keeps 7 and 0: 0.45, 0.25, and 0.2 of patch 1 behind.
    found = Finder((2, 4), 4, 0.6).scores(heads, things(MASK))
    assert found["jaccard_head_1"] == pytest.approx(32 / 40)
    assert found["jaccard_head_2"] == pytest.approx(8 / 48)
    assert found["jaccard_best_head"] == pytest.approx(32 / 40)
    # Each thing has a head of its own; the other thing is ground to it.
    assert found["jaccard_objects"] == pytest.approx((1 + 8 / 16) / 2)
    assert found["jaccard"] == pytest.approx(24 / 48)
    assert found["jaccard_everything"] == pytest.approx(40 / 112)
    # Above all ground but half of their own patch: 7's pixels; and 0 and 1
    # above all but the 8 of patch 7.
    pairs = 8 * (64 + 8 / 2) + 32 * 64
    assert found["auc"] == pytest.approx(pairs / (40 * 72))
    # The most attended patch, 12 to 16, has half of the second box alone.
    assert found["corloc"] == 0.0
    assert Finder((2, 4), 4, 0.6).box(heads.mean(axis=0)).tolist() == [
        12,
        4,
        16,
        8,
    ]
    found = Finder((2, 4), 4, 0.6).scores(heads[:1], things(MASK))
    assert found["corloc"] == 1.0
    assert found["jaccard"] == found["jaccard_best_head"] == 32 / 40


def test_what_makes_no_sense_is_left_out():
    heads, mask = np.full((2, 8), 0.1), np.ones((8, 16), "uint8")
    found = Finder((2, 4), 4, 0.6).scores(heads, things(mask))
    assert "auc" not in found and "auc_baseline" not in found
    assert found["jaccard_everything"] == 1.0
    found = Finder((2, 4), 4, 0.6).scores(heads, things(MASK, [[-1] * 4]))
    assert "corloc" not in found and "corloc_baseline" not in found


def test_the_guess_is_a_bump_in_the_middle():
    bump = centred_map((4, 8)).reshape(4, 8)
    assert bump.sum() == pytest.approx(1)
    np.testing.assert_allclose(bump, bump[::-1, ::-1])
    # One patch of four is a deviation off: from 0.5 to 1.5 of them.
    assert bump[0, 3] / bump[1, 3] == pytest.approx(np.exp((0.25 - 2.25) / 2))
    mask = np.zeros((8, 16), "uint8")
    mask[:, 4:12] = 1
    found = Finder((2, 4), 4, 0.6).scores(np.eye(8)[:1], things(mask))
    assert found["jaccard_baseline"] == found["corloc_baseline"] == 1.0
    assert found["auc_baseline"] == 1.0 and found["auc"] < 0.5
