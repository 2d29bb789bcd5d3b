import json

import numpy as np
import pytest

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import effective_rank
from keras_attmask.evaluation import unlabelled
from keras_attmask.evaluation import view_retrieval
from keras_attmask.models import VisionTransformer

PREPROCESSING = Preprocessing((28, 28, 1), (0.3,), (0.3,))


def test_rank_of_features_that_fill_some_directions_evenly():
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0]
    for count in (1, 3, 8):
        features = np.repeat(basis[:count], 4, axis=0)
        assert effective_rank(features * 7) == pytest.approx(count, rel=1e-4)


def test_rank_follows_its_definition():
    values = np.array([4.0, 2.0, 1.0, 1.0])
    shares = values / 8
    expected = np.exp(-(shares * np.log(shares)).sum())
    assert effective_rank(np.diag(values)) == pytest.approx(expected, rel=1e-4)
    assert effective_rank(np.zeros((3, 2))) == 0


def test_views_find_each_other():
    first = np.eye(8)
    same = {"view_retrieval": 1.0, "view_retrieval_top5": 1.0}
    assert view_retrieval(first, 3 * first) == same
    # Each row's partner is its neighbour's: six others are as near as none.
    turned = np.roll(first, 1, axis=0)
    assert view_retrieval(first, turned)["view_retrieval"] == 0
    half = np.array([[1, 0], [0, 1], [1, 0.1], [0.1, 1]], "float32")
    found = view_retrieval(half, half[[0, 1, 3, 2]])
    assert found == {"view_retrieval": 0.5, "view_retrieval_top5": 1.0}


def test_features_that_are_all_alike_find_nothing():
    found = view_retrieval(np.ones((9, 3)), np.ones((9, 3)))
    assert found == {"view_retrieval": 0.0, "view_retrieval_top5": 0.0}


@pytest.mark.parametrize("count", [1, 30])
def test_a_backbone_on_images_without_labels(count, tmp_path):
    backbone = VisionTransformer((28, 28, 1), 14, 1, 1, 8)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, 28, 28, 1), "uint8")
    found = unlabelled(
        backbone, images, PREPROCESSING, batch_size=7, output=tmp_path
    )
    assert set(found) == {
        "view_retrieval",
        "view_retrieval_top5",
        "effective_rank",
    }
    assert 1 - 1e-6 <= found["effective_rank"] <= min(count, 8) + 1e-3
    assert json.loads((tmp_path / "unlabelled.json").read_text()) == found
    if count == 1:
        assert found["view_retrieval"] == 1


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: effective_rank(np.ones(3)), "^features: .* got \\(3,\\)"),
        (lambda: effective_rank([[np.nan]]), "^features: .* NaN"),
        (lambda: view_retrieval(np.ones((2, 2)), np.ones((3, 2))), "^second: "),
    ],
)
def test_mistakes_are_one_line(call, words):
    with pytest.raises(InputError, match=words):
        call()
