"""20,000 draws against the law of RandAugment."""

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_attmask import counter_random
from keras_attmask.augmentation.rand_draws import OPERATIONS
from keras_attmask.augmentation.rand_draws import draw_operations
from keras_attmask.augmentation.rand_draws import strength
from keras_attmask.one_program import as_one

COUNT = 20_000
KEYS = counter_random.fold_in(5, np.arange(COUNT), np)
ALARM = 1e-6  # the draws are fixed, so a false alarm never comes back


def draws(keys=KEYS, **options):
    found = as_one(draw_operations, ops.convert_to_tensor(keys), **options)
    return {name: ops.convert_to_numpy(v) for name, v in found.items()}


@pytest.fixture(scope="module")
def drawn():
    return draws(magnitude=9.0)


def test_there_are_the_usual_fourteen():
    assert len(set(OPERATIONS)) == 14


def test_operations_are_drawn_with_replacement(drawn):
    operation = drawn["operation"]
    assert operation.shape == (COUNT, 2) and operation.dtype == "int32"
    pairs = np.zeros((14, 14))
    np.add.at(pairs, tuple(operation.T), 1)  # fails outside 0 to 13
    assert stats.chisquare(pairs.reshape(-1)).pvalue > ALARM


def test_magnitudes_are_normal_and_clipped(drawn):
    level = drawn["level"].reshape(-1)
    assert level.min() > 0.6 and level.max() == 1.0
    below = level[level < 1.0]
    law = stats.truncnorm(-np.inf, 2.0, 0.9, 0.05)
    assert stats.kstest(below, law.cdf).pvalue > ALARM
    beyond = stats.norm.sf(2.0)
    found = stats.binomtest(int((level == 1.0).sum()), level.size, beyond)
    assert found.pvalue > ALARM


@pytest.mark.parametrize("magnitude", [0.0, 4.0, 10.0])
def test_without_noise_all_have_one_magnitude(magnitude):
    drawn = draws(KEYS[:50], magnitude=magnitude, deviation=0.0)
    np.testing.assert_allclose(drawn["level"], magnitude / 10, rtol=1e-6)


def test_signs_are_even_and_apart_from_the_rest(drawn):
    sign = drawn["sign"]
    assert set(sign.reshape(-1)) == {-1.0, 1.0}
    ups = int((sign > 0).sum())
    assert stats.binomtest(ups, sign.size, 0.5).pvalue > ALARM
    columns = [drawn[n][:, k] for n in drawn for k in range(2)]
    correlation = np.corrcoef(columns) - np.eye(6)
    assert np.abs(correlation).max() < 5 / np.sqrt(COUNT)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_operations(count, drawn):
    found = draws(KEYS[:9], magnitude=9.0, count=count)
    assert {v.shape for v in found.values()} == {(9, count)}
    # The first of them do not depend on how many follow.
    np.testing.assert_array_equal(
        found["operation"][:, 0], drawn["operation"][:9, 0]
    )


def test_strength_is_for_the_drawn_alone():
    one = OPERATIONS.index("contrast")
    drawn = {
        "operation": np.array([[one, 0], [0, one]], "int32"),
        "level": np.array([[0.5, 0.5], [0.5, 1.0]], "float32"),
        "sign": np.array([[1.0, 1.0], [1.0, -1.0]], "float32"),
    }
    drawn = {n: ops.convert_to_tensor(v) for n, v in drawn.items()}
    found = ops.convert_to_numpy(strength(drawn, "contrast", 0.9, 1.0))
    np.testing.assert_allclose(found, [[1.45, 1.0], [1.0, 0.1]], rtol=1e-6)
    found = ops.convert_to_numpy(strength(drawn, "rotate", 30.0))
    assert not found.any()
