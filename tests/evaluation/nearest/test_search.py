import importlib

import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation.nearest import nearest_rows
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.nearest.greatest import greatest_columns

SEARCH, HOST, DEVICE = (
    importlib.import_module(f"keras_attmask.evaluation.nearest.{name}")
    for name in ("search", "on_host", "on_device")
)


def by_definition(queries, bank, count):
    products = queries @ bank.T
    rows = np.argsort(-products, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(products, rows, 1), rows


def whole_numbers(shape, seed, high):
    """Products of whole numbers are exact, and tie in great numbers."""
    random = np.random.default_rng(seed)
    return random.integers(-high, high, shape).astype("float32")


@pytest.mark.parametrize("on_device", [False, True])
@pytest.mark.parametrize("high", [2, 1000])
@pytest.mark.parametrize("rows", [1, 31, 32, 33, 700, 2500])
@pytest.mark.parametrize("count", [1, 7, 200])
def test_agrees_with_sorting(rows, count, high, on_device, monkeypatch):
    monkeypatch.setattr(SEARCH, "_PART", 900)
    monkeypatch.setattr(HOST, "_BLOCK", 256)
    for module in (HOST, DEVICE):
        monkeypatch.setattr(module, "_ROWS", 5)
    queries, bank = (whole_numbers((n, 4), n, high) for n in (12, rows))
    similarity, found = nearest_rows(queries, bank, count, on_device=on_device)
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


def test_a_bank_is_brought_to_length_one_part_by_part(monkeypatch):
    monkeypatch.setattr(SEARCH, "_PART", 7)
    random = np.random.default_rng(0)
    bank = random.normal(size=(30, 5)) * 10 ** random.uniform(-20, 20, (30, 1))
    queries = unit_rows(random.normal(size=(4, 5)), "queries")
    for device in (False, True):
        similarity, rows = nearest_rows(
            queries, bank, 30, unit=True, on_device=device
        )
        expected, places = by_definition(queries, unit_rows(bank, "bank"), 30)
        np.testing.assert_allclose(similarity, expected, rtol=0, atol=1e-6)
        assert (np.sort(rows) == np.arange(30)).all()
        assert similarity[0, 0] >= similarity[0, -1]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("columns", [40, 641, 3000])
def test_greatest_columns(columns, ties):
    random = np.random.default_rng(columns)
    values = random.normal(size=(9, columns)).astype("float32")
    if ties:
        values[::2] = np.round(values[::2])  # in some rows only
    for count in (1, 3, 40):
        found = greatest_columns(values, count)
        expected = np.argsort(-values, axis=1, kind="stable")[:, :count]
        assert (found == expected).all()
