import math

import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation import average_precision
from keras_attmask.evaluation import mean_average_precision
from keras_attmask.evaluation import mean_precision_at
from keras_attmask.evaluation import precision_at
from keras_attmask.evaluation import revisited_scores


def test_numbers_by_hand():
    # Right ones come second and fourth; of one image none was right before
    # the first, and of three one before the second.
    ranking = [7, 3, 5, 1]
    expected = ((0 / 1 + 1 / 2) / 2 + (1 / 3 + 2 / 4) / 2) / 2
    assert average_precision(ranking, [3, 1]) == pytest.approx(expected)
    # Without the junk in front and between, both come first.
    assert average_precision(ranking, [3, 1], junk=[7, 5]) == 1
    assert average_precision(ranking, [3, 1], junk=[5]) == pytest.approx(
        ((0 / 1 + 1 / 2) / 2 + (1 / 2 + 2 / 3) / 2) / 2
    )


def test_what_is_never_found_counts():
    assert average_precision([4, 2], [4, 9]) == 0.5
    assert average_precision([4, 2], [8, 9]) == 0
    assert math.isnan(average_precision([4, 2], []))
    assert precision_at([4, 2], [8, 9], 1) == 0
    assert math.isnan(precision_at([4, 2], [], 1))


def test_precision_by_hand():
    ranking = [7, 3, 5, 1, 0]
    assert precision_at(ranking, [7, 1], 1) == 1
    assert precision_at(ranking, [7, 1], 3) == pytest.approx(1 / 3)
    # All are found after four images: ten are not looked at.
    assert precision_at(ranking, [7, 1], 10) == pytest.approx(2 / 4)
    assert precision_at(ranking, [7, 1], 10, junk=[3, 5]) == 1


def slow_average_precision(ranking, right, junk):
    """The area, trapezoid by trapezoid along the whole ranking."""
    area = found = looked = 0
    recall, precision = 0.0, 1.0
    for image in ranking:
        if image in junk:
            continue
        looked += 1
        found += image in right
        now = found / len(right), found / looked
        area += (now[0] - recall) * (precision + now[1]) / 2
        recall, precision = now
    return area


def slow_precision(ranking, right, junk, count):
    kept = [image for image in ranking if image not in junk]
    last = max(place for place, image in enumerate(kept, 1) if image in right)
    first = kept[: min(count, last)]
    return sum(image in right for image in first) / len(first)


def random_truth(generator, images):
    parts = np.split(generator.permutation(images), [3, 7, 12])
    return dict(zip(("easy", "hard", "junk"), map(list, parts)))


def test_the_same_as_a_slow_implementation():
    generator = np.random.default_rng(0)
    truth = [random_truth(generator, 40) for _ in range(6)]
    ranks = np.array([generator.permutation(40) for _ in truth])
    found = revisited_scores(ranks, truth)
    assert len(found) == 12
    for name, right, junk in (
        ("easy", ["easy"], ["junk", "hard"]),
        ("medium", ["easy", "hard"], ["junk"]),
        ("hard", ["hard"], ["junk", "easy"]),
    ):
        rows = [
            (
                list(ranking),
                {image for n in right for image in row[n]},
                {image for n in junk for image in row[n]},
            )
            for ranking, row in zip(ranks, truth)
        ]
        assert found[f"map_{name}"] == pytest.approx(
            np.mean([slow_average_precision(*row) for row in rows])
        )
        for count in (1, 5, 10):
            assert found[f"mp_at_{count}_{name}"] == pytest.approx(
                np.mean([slow_precision(*row, count) for row in rows])
            )


def test_queries_with_nothing_to_find_are_left_out():
    ranks = [[0, 1], [1, 0]]
    truth = [([], [0]), ([0], [])]
    assert mean_average_precision(ranks, truth) == 0.25
    assert mean_precision_at(ranks, truth, 1) == 0
    assert math.isnan(mean_average_precision(ranks[:1], truth[:1]))
    rows = [
        {"easy": [], "hard": [0], "junk": []},
        {"easy": [], "hard": [], "junk": [1]},
    ]
    found = revisited_scores(ranks, rows)
    assert found["map_medium"] == found["map_hard"] == 1
    assert "map_easy" not in found and "mp_at_1_easy" not in found


def test_mistakes_are_named():
    with pytest.raises(InputError, match="^ranks: expected 1 rankings.* got 2"):
        mean_average_precision([[0], [1]], [([0], [])])
    with pytest.raises(InputError, match="^truth: expected easy or hard"):
        revisited_scores([[0]], [{"easy": [], "hard": [], "junk": [0]}])
