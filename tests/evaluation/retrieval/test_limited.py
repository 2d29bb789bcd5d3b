import pytest

from keras_attmask.evaluation.retrieval.limited import found_first
from keras_attmask.evaluation.retrieval.limited import pairs_first


@pytest.mark.parametrize(
    "limit, expected",
    [
        (4, [0, 1, 4, 5]),
        (6, [0, 1, 4, 5, 6, 7]),
        (7, [0, 1, 2, 4, 5, 6, 7]),
        (99, [0, 1, 2, 3, 4, 5, 6, 7]),
        (None, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_two_of_each_class_in_turn(limit, expected):
    labels = [3, 3, 3, 3, 5, 5, 9, 9]
    assert pairs_first(labels, limit).tolist() == expected


@pytest.mark.parametrize(
    "limit, expected",
    [
        (1, [6]),
        (2, [2, 6]),
        (3, [2, 4, 6]),  # 6 is taken, 4 is what the second query wants next
        (4, [0, 2, 4, 6]),
        (99, [0, 1, 2, 3, 4, 5, 6, 7]),
        (None, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_what_each_query_wants_comes_first(limit, expected):
    wanted = [[6], [2, 4], [6], []]
    assert found_first(wanted, 8, limit).tolist() == expected
