import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_attmask.augmentation.beta import quantile_table
from keras_attmask.augmentation.beta import symmetric_beta
from keras_attmask.one_program import as_one

ALPHAS = [0.05, 0.2, 0.5, 0.8, 1.0, 1.5, 5.0, 32.0]
U = np.linspace(0, 1, 20_000, endpoint=False).astype("float32")


def quantiles(u, alpha):
    u = ops.convert_to_tensor(u)
    return ops.convert_to_numpy(as_one(symmetric_beta, u, alpha=alpha))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_quantiles_are_scipys(alpha):
    found = quantiles(U, alpha)
    expected = stats.beta.ppf(U.astype("float64"), alpha, alpha)
    np.testing.assert_allclose(found[1:], expected[1:], atol=5e-3)
    inner = np.minimum(U, 1 - U) > 5e-4
    np.testing.assert_allclose(found[inner], expected[inner], atol=2e-4)
    # Small shares are right in relation, too: no table of x would be.
    low = (U > 1e-3) & (U < 0.5)
    assert (expected[low] > 0).all()
    np.testing.assert_allclose(found[low], expected[low], rtol=2e-3, atol=1e-37)
    assert found.min() == found[0] == 0.0 and found.max() <= 1.0


@pytest.mark.parametrize("alpha", ALPHAS)
def test_moments_are_those_of_the_law(alpha):
    found = quantiles(U + 0.5 / len(U), alpha).astype("float64")
    assert np.mean(found) == pytest.approx(0.5, abs=1e-4)
    variance = 1 / (4 * (2 * alpha + 1))
    assert np.var(found) == pytest.approx(variance, rel=2e-3)


def test_one_is_uniform():
    np.testing.assert_allclose(quantiles(U, 1.0), U, atol=1e-6)


def test_halves_mirror_each_other():
    found = quantiles(U[1:], 0.4)
    np.testing.assert_allclose(found + found[::-1], 1.0, atol=2e-4)


def test_the_table_rises_from_nought_to_one():
    for alpha in ALPHAS:
        table = quantile_table(alpha)
        assert table[0] == 0.0 and table[-1] == 1.0
        assert (np.diff(table) >= 0).all()
