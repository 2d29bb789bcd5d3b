import tracemalloc

import numpy as np
import pytest

from keras_attmask.evaluation import unlabelled
from keras_attmask.evaluation.moments import broken_rows
from keras_attmask.evaluation.moments import mean_and_deviation
from keras_attmask.evaluation.unlabelled import effective_rank


@pytest.fixture(scope="module")
def many():
    """As many rows as ImageNet has: one column varies, one does not."""
    rows = np.full((1_280_000, 2), 5.1, "float32")
    rows[:, 0] += np.random.default_rng(0).normal(0, 1, len(rows))
    return rows


def test_of_a_million_rows(many):
    mean, deviation = mean_and_deviation(many)
    whole = many.astype("float64")
    np.testing.assert_allclose(mean, whole.mean(axis=0), rtol=1e-6)
    assert deviation[0] == pytest.approx(whole.std(axis=0)[0], rel=1e-6)
    assert deviation[1] == 0  # 0.06 where float32 is added up


@pytest.mark.parametrize(
    "find", [mean_and_deviation, broken_rows, effective_rank]
)
def test_memory_is_that_of_a_part(many, find):
    tracemalloc.start()
    find(many)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < many.nbytes / 4


def test_what_is_no_number_is_counted_by_rows(many):
    rows = np.zeros((20_000, 3), "float32")
    rows[3] = np.nan
    rows[19_999, 2] = np.inf
    assert broken_rows(rows) == 2 and broken_rows(rows[4:-1]) == 0


def test_the_rank_does_not_follow_from_the_parts(monkeypatch):
    features = np.random.default_rng(1).normal(size=(50, 8)) * np.arange(8)
    shares = np.linalg.svd(features, compute_uv=False)
    shares = shares / shares.sum() + 1e-7
    expected = np.exp(-(shares * np.log(shares)).sum())
    module = __import__(unlabelled.__module__, fromlist=["_PART"])
    for part in (3, 7, 50):
        monkeypatch.setattr(module, "_PART", part)
        assert effective_rank(features) == pytest.approx(expected, rel=1e-9)
