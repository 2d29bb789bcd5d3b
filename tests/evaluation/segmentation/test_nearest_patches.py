import types

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from keras_attmask.errors import InputError
from keras_attmask.evaluation.segmentation.nearest_patches import NearestPatches
from keras_attmask.evaluation.segmentation.taught_patches import TaughtPatches

TRUTH = types.SimpleNamespace(num_classes=3, ignored=255)


def make(tokens, labels, neighbors, temperature=0.5, bank=100):
    tokens, labels = np.asarray(tokens, "float32"), np.asarray(labels)
    taught = TaughtPatches(tokens[None], labels[None])
    return NearestPatches(taught, TRUTH, neighbors, temperature, bank, 0)


def test_votes_by_hand():
    tokens = [[3, 0], [0, 2], [-1, 0], [0, 1]]
    labels = [[0, 0, 1, 255], [1, 1, 1, 1], [2, 2, 2, 2], [255] * 4]
    probe = make(tokens, labels, neighbors=2)
    # Cosines 0.8, 0.6 and -0.8; the last patch has nothing to say.
    (scores,) = probe.scores(np.array([[[4, 3]]], "float32"))
    votes = np.exp([0.8 / 0.5, 0.6 / 0.5])
    first, second = votes / votes.sum()
    expected = [first * 0.5, first * 0.25 + second, 0]
    np.testing.assert_allclose(scores[0], expected, rtol=1e-5)


def test_agrees_with_scikit_learn():
    random = np.random.default_rng(0)
    tokens, queries = random.normal(size=(2, 60, 8)).astype("float32")
    labels = random.integers(0, 3, 60)
    probe = make(tokens, labels[:, None].repeat(4, 1), 7, temperature=0.1)
    unit = [x / np.linalg.norm(x, axis=1)[:, None] for x in (tokens, queries)]
    model = KNeighborsClassifier(
        7, metric="cosine", weights=lambda far: np.exp((1 - far) / 0.1)
    ).fit(unit[0], labels)
    found = probe.scores(queries.reshape(3, 20, 8))
    assert found.shape == (3, 20, 3)
    np.testing.assert_allclose(
        found.reshape(60, 3), model.predict_proba(unit[1]), atol=1e-5
    )


def test_a_bounded_bank_is_drawn_from_all_patches():
    tokens = np.eye(40)
    labels = (np.arange(40) % 3)[:, None]
    probe = make(tokens, labels, neighbors=1, bank=10)
    (scores,) = probe.scores(np.eye(40, dtype="float32")[None])
    # Who is in the bank knows itself; to the others all are alike.
    kept = [n for n in range(40) if scores[n, n % 3] == 1]
    assert 10 <= len(kept) < 30 and max(kept) > 20
    (whole,) = make(tokens, labels, 1).scores(np.eye(40, dtype="float32")[None])
    assert (whole.argmax(axis=1) == labels[:, 0]).all()


def test_tokens_that_are_no_numbers_are_a_mistake():
    probe = make([[1, 0]], [[0]], 1)
    with pytest.raises(InputError, match="^`patch tokens` must be finite"):
        probe.scores(np.full((1, 2, 2), np.nan, "float32"))
