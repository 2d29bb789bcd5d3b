import tracemalloc

import numpy as np
import pytest

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.data.source_types import ArraySource
from keras_attmask.errors import InputError
from keras_attmask.evaluation import knn
from keras_attmask.evaluation import knn_classify
from keras_attmask.evaluation.knn import knn_accuracy
from keras_attmask.evaluation.knn import knn_rankings
from keras_attmask.models import VisionTransformer


def circle(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


BANK = circle(5, 25, -25, 27, 60, 90, 120, 150)
BANK_LABELS = np.array([0, 1, 1, 1, 2, 2, 3, 3])
QUERIES = circle(0, 20, 75, 140)


def slow_ranking(bank, labels, queries, count, temperature):
    """The definition, one query at a time."""
    rankings = []
    for query in queries:
        cosine = bank @ query
        cosine = cosine / np.linalg.norm(bank, axis=1) / np.linalg.norm(query)
        scores = np.zeros(labels.max() + 1)
        for index in np.argsort(-cosine, kind="stable")[:count]:
            scores[labels[index]] += np.exp(cosine[index] / temperature)
        rankings.append(np.argsort(-scores, kind="stable"))
    return np.array(rankings)


def test_the_near_neighbour_outvotes_three_far_ones_when_sharp():
    # exp(cos / T) of test 0: 1 515 647 for class 0, 1 176 644 for class 1.
    ranking = knn_classify(BANK, BANK_LABELS, QUERIES, 4, 0.07)
    assert ranking.dtype == np.int64 and ranking.shape == (4, 4)
    assert ranking[:, 0].tolist() == [0, 1, 2, 3]
    # And 2.708 against 7.388 for T = 1: three quarters are right.
    ranking = knn_classify(BANK, BANK_LABELS, QUERIES, 4, 1.0)
    assert ranking[:, 0].tolist() == [1, 1, 2, 3]


def test_length_of_a_vector_does_not_matter():
    scale = np.array([1e-30, 1e30, 3, 1, 1, 1e-3, 7, 2])[:, None]
    found = knn_classify(BANK * scale, BANK_LABELS, QUERIES * 5, 4)
    assert (found == knn_classify(BANK, BANK_LABELS, QUERIES, 4)).all()


def test_agrees_with_the_definition():
    random = np.random.default_rng(0)
    bank, queries = random.normal(size=(50, 8)), random.normal(size=(13, 8))
    labels = random.integers(0, 6, 50)
    found = knn_classify(bank, labels, queries, 7, 0.1)
    assert (found == slow_ranking(bank, labels, queries, 7, 0.1)).all()


def test_a_small_bank_votes_as_a_whole():
    found = knn_classify(BANK, BANK_LABELS, QUERIES, 1000)
    assert (found == knn_classify(BANK, BANK_LABELS, QUERIES, 8)).all()


def test_classes_without_a_vote_come_last_in_order():
    ranking = knn_classify(circle(0, 10), np.array([2, 5]), circle(1), 1)
    assert ranking.tolist() == [[2, 0, 1, 3, 4, 5]]


def test_a_vote_that_underflows_is_still_a_vote():
    ranking = knn_classify(circle(0, 180), np.array([1, 3]), circle(0), 2, 1e-4)
    assert ranking.tolist() == [[1, 3, 0, 2]]


def test_ties_go_to_the_lower_class_and_the_earlier_image():
    bank = circle(10, -10)
    assert knn_classify(bank, np.array([1, 0]), circle(0), 2)[0, 0] == 0
    same = circle(*[30] * 9)
    labels = np.array([4, 4, 2, 2, 2, 2, 2, 2, 2])
    assert knn_classify(same, labels, circle(0), 3)[0, 0] == 4


@pytest.mark.parametrize(
    "change, name",
    [
        ({"train_features": BANK * np.nan}, "train_features"),
        ({"test_features": QUERIES[0]}, "test_features"),
        ({"test_features": np.ones((3, 5))}, "test_features"),
        ({"train_labels": BANK_LABELS[1:]}, "train_labels"),
        ({"train_labels": BANK_LABELS - 1}, "train_labels"),
        ({"train_labels": BANK_LABELS * 1.0}, "train_labels"),
        ({"num_neighbors": 0}, "num_neighbors"),
        ({"temperature": 0.0}, "temperature"),
    ],
)
def test_mistakes_are_named_in_one_line(change, name):
    arguments = {
        "train_features": BANK,
        "train_labels": BANK_LABELS,
        "test_features": QUERIES,
    }
    with pytest.raises(InputError, match=f"^`?{name}[`:][^\n]*got[^\n]*$"):
        knn_classify(**arguments | change)


def test_accuracy_of_a_ranking():
    ranking = np.array([[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0]])
    assert knn_accuracy(ranking, [0, 1]) == {"knn": 0.5, "knn_top5": 0.5}
    assert knn_accuracy(ranking, [1, 2]) == {"knn": 0.0, "knn_top5": 1.0}
    # The second class of the first row had a vote, the fifth of the second
    # had none.
    found = knn_accuracy(ranking, [1, 2], np.array([2, 4]))
    assert found == {"knn": 0.0, "knn_top5": 0.5}


def test_several_numbers_of_voters_in_one_pass():
    random = np.random.default_rng(0)
    bank, queries = random.normal(size=(50, 8)), random.normal(size=(13, 8))
    labels = random.integers(0, 6, 50)
    votes = knn_rankings(bank, labels, queries, (3, 7, 60), 0.1)
    for count, (ranking, voted) in zip((3, 7, 60), votes):
        assert (
            ranking == knn_classify(bank, labels, queries, count, 0.1)
        ).all()
        nearest = np.argsort(
            -(queries / np.linalg.norm(queries, axis=1)[:, None])
            @ (bank / np.linalg.norm(bank, axis=1)[:, None]).T,
            axis=1,
        )[:, :count]
        assert voted.tolist() == [len(set(labels[row])) for row in nearest]


def test_protocol_for_several_numbers_of_voters():
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), "uint8")
    source = ArraySource(images, np.arange(8) % 2)
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    preprocessing = Preprocessing((8, 8, 1), (0.5,), (0.25,))
    data = source, source
    found = knn(backbone, data, preprocessing, num_neighbors=(1, 20))
    for number, names in ((1, ("knn_1", "knn_1_top5")), (20, ("knn_20",))):
        alone = knn(backbone, data, preprocessing, num_neighbors=number)
        assert found[names[0]] == alone["knn"]
    assert found["knn_1"] == 1.0 and found["knn_1_top5"] == 1.0
    assert found["knn"] == found["knn_20"]
    first = knn(backbone, data, preprocessing, num_neighbors=(3, 1))
    assert first["knn"] == first["knn_3"]


def test_protocol_finds_images_that_it_has_seen():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (12, 8, 8, 1), "uint8")
    source = ArraySource(images, np.arange(12))
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    preprocessing = Preprocessing((8, 8, 1), (0.5,), (0.25,))
    found = knn(backbone, (source, source), preprocessing, 3, 0.01, 5)
    assert found == {"knn": 1.0, "knn_top5": 1.0}


def test_protocol_needs_labels():
    source = ArraySource(np.zeros((2, 8, 8, 1), "uint8"))
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    preprocessing = Preprocessing((8, 8, 1), (0.5,), (0.25,))
    with pytest.raises(InputError, match="labels"):
        knn(backbone, (source, source), preprocessing)


def test_memory_does_not_grow_with_images_times_classes():
    count, classes = 4000, 2000
    random = np.random.default_rng(0)
    bank = random.normal(size=(classes, 4)).astype("float32")
    queries = random.normal(size=(count, 4)).astype("float32")
    arguments = bank, np.arange(classes), queries, (10, 20)
    tracemalloc.start()
    few = knn_rankings(*arguments, best=5)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # One ranking of all classes takes twice as much.
    assert most < count * classes * 16
    for part, (whole, _) in zip(few, knn_rankings(*arguments)):
        np.testing.assert_array_equal(part[0], whole[:, :5])


def test_no_number_of_voters_is_refused():
    data = [(np.zeros((2, 8, 8, 1), "uint8"), [0, 1])] * 2
    backbone = VisionTransformer((8, 8, 1), 4, 1, 2, 16)
    preprocessing = Preprocessing((8, 8, 1), (0.5,), (0.5,))
    with pytest.raises(InputError, match="^num_neighbors: .* got none"):
        knn(backbone, data, preprocessing, num_neighbors=())
