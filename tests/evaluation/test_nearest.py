import importlib

import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation.nearest import nearest_rows
from keras_attmask.evaluation.nearest import unit_rows

# By import_module: a name of the package may be a function.
MODULE = importlib.import_module("keras_attmask.evaluation.nearest")


def by_definition(queries, bank, count):
    products = queries @ bank.T
    rows = np.argsort(-products, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(products, rows, 1), rows


def whole_numbers(shape, seed, high):
    """Products of whole numbers are exact, and tie in great numbers."""
    random = np.random.default_rng(seed)
    return random.integers(-high, high, shape).astype("float32")


@pytest.mark.parametrize("high", [2, 1000])
@pytest.mark.parametrize("rows", [1, 31, 32, 33, 700, 2500])
@pytest.mark.parametrize("count", [1, 7, 200])
def test_agrees_with_sorting(rows, count, high, monkeypatch):
    monkeypatch.setattr(MODULE, "_BLOCK", 256)
    monkeypatch.setattr(MODULE, "_ROWS", 5)
    queries, bank = (whole_numbers((n, 4), n, high) for n in (12, rows))
    similarity, found = nearest_rows(queries, bank, count)
    expected, places = by_definition(queries, bank, count)
    assert (found == places).all()
    assert (similarity == expected).all()


def test_rows_of_zeros_stay_and_others_have_length_one():
    rows = unit_rows([[0, 0], [3, 4], [1e-30, 0]], "features")
    np.testing.assert_allclose(rows, [[0, 0], [0.6, 0.8], [1, 0]], atol=1e-6)
    assert rows.dtype == np.float32


def test_rows_that_are_not_finite_are_counted():
    rows = np.ones((5, 2))
    rows[1, 0], rows[3, 1] = np.nan, np.inf
    with pytest.raises(InputError, match="`queries` .* in 2 rows"):
        unit_rows(rows, "queries")
