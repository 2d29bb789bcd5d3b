import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation import recall_at_k


def at(*degrees):
    """Features at angles."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def test_numbers_by_hand():
    # From 0 the nearest are 20, 50, 90; from 50: 20, 90, 0; from 90: 50.
    features, labels = at(0, 20, 50, 90), [0, 1, 0, 1]
    assert recall_at_k(features, labels, (1, 2, 3)) == {
        "recall_at_1": 0.0,
        "recall_at_2": 0.5,  # 0 finds 50, and 90 finds 20
        "recall_at_3": 1.0,
        "queries": 4,
    }


def test_length_does_not_count():
    features = at(0, 10, 80, 90) * [[1], [100], [0.01], [1]]
    found = recall_at_k(features, [0, 0, 1, 1], (1,))
    assert found == {"recall_at_1": 1.0, "queries": 4}


def test_queries_and_gallery_apart():
    # The gallery holds the very features of the queries: none is left out.
    found = recall_at_k(at(0, 90), [0, 1], (1, 2), at(0, 90), [1, 1])
    assert found == {"recall_at_1": 1.0, "recall_at_2": 1.0, "queries": 1}
    found = recall_at_k(at(0), [7], (1, 2, 50), at(1, 20), [3, 7])
    assert [found[f"recall_at_{k}"] for k in (1, 2, 50)] == [0, 1, 1]


def test_copies_are_found_and_the_image_itself_is_not():
    # Copies of class 0 stand before and behind a copy of class 1. Dropping
    # the first of the nearest would leave an image to find itself.
    features = at(0, 0, 0, 90)
    found = recall_at_k(features, [0, 1, 0, 1], (1, 2, 3))
    # 0: 1, 2. 1: 0, 2, 3. 2: 0. 3: 0, 1.
    assert [found[f"recall_at_{k}"] for k in (1, 2, 3)] == [0.25, 0.75, 1.0]


def test_more_copies_than_are_looked_at():
    # The last image is not among its own two nearest.
    features, labels = at(*[0] * 40), [0] * 39 + [1]
    found = recall_at_k(features, labels, (1,))
    assert found == {"recall_at_1": 1.0, "queries": 39}
    found = recall_at_k(features, [0] * 38 + [1, 1], (1, 38, 39))
    # The two of class 1 come behind all others for each other.
    assert found["recall_at_1"] == found["recall_at_38"] == 38 / 40
    assert found["recall_at_39"] == 1


def slow_recall(features, labels, k):
    """By a full sort of one image at a time."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    right = []
    for n, feature in enumerate(unit):
        others = [m for m in range(len(unit)) if m != n]
        order = np.argsort(-(unit[others] @ feature))[:k]
        right.append(any(labels[others[m]] == labels[n] for m in order))
    return np.mean(right)


def test_the_same_as_a_slow_implementation():
    # More images than are searched for at once.
    generator = np.random.default_rng(0)
    features = generator.normal(size=(2100, 8)).astype("float32")
    labels = np.arange(2100) // 4
    found = recall_at_k(features, labels, (1, 32))
    assert found["queries"] == 2100
    for k in (1, 32):
        # Not to the last image: two similarities may be equal in float32.
        assert found[f"recall_at_{k}"] == pytest.approx(
            slow_recall(features, labels, k), abs=1e-3
        )


def test_one_class_is_always_found():
    assert recall_at_k(at(0, 90), [5, 5], (1,))["recall_at_1"] == 1


@pytest.mark.parametrize(
    "features, labels, words",
    [
        (at(0, 90), [0, 1], "labels: expected another image"),
        (at(0), [0], "labels: expected another image"),
        (at(0, 90), [0], r"labels: expected \(2,\), one an image, got \(1,\)"),
        (at(0, np.nan), [0, 0], "`features` must be finite, got NaN"),
        (np.zeros((0, 2)), [], "`features` must be a filled array"),
    ],
)
def test_mistakes_are_named(features, labels, words):
    with pytest.raises(InputError, match=f"^{words}"):
        recall_at_k(features, labels, (1,))


def test_mistakes_in_the_gallery_are_named():
    with pytest.raises(InputError, match="^gallery_labels: expected .2,"):
        recall_at_k(at(0), [0], (1,), at(0, 1), [0])
    with pytest.raises(InputError, match="^labels: expected another image"):
        recall_at_k(at(0), [9], (1,), at(0, 1), [0, 1])
