import numpy as np
import pytest
from sklearn import metrics

from keras_attmask.evaluation import scores
from keras_attmask.evaluation.scores import NAMES


def test_classes():
    answers = np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5], [0.5, 0.5]])
    found = scores("classification", answers, [1, 1, 0, 1])
    assert found == {"accuracy": 0.5}  # of equals, the first is the answer


def test_the_best_five():
    answers = np.tile(np.arange(7.0), (3, 1))
    found = scores("classification", answers, [6, 2, 1])
    assert found == {"accuracy": 1 / 3, "top5_accuracy": 2 / 3}


def test_what_is_no_number_is_wrong():
    answers = np.full((2, 3), np.nan)
    assert scores("classification", answers, [0, 2]) == {"accuracy": 0.0}


def test_labels():
    random = np.random.default_rng(0)
    answers = random.random((40, 4))
    targets = (random.random((40, 4)) < 0.3).astype("float32")
    targets[:, 3] = 0  # one that never occurs is left out
    found = scores("multilabel", answers, targets)
    expected = metrics.average_precision_score(
        targets[:, :3], answers[:, :3], average="macro"
    )
    assert found["mean_average_precision"] == pytest.approx(expected)
    assert found["f1"] == pytest.approx(
        metrics.f1_score(targets, answers > 0.5, average="micro")
    )
    perfect = scores("multilabel", targets, targets)
    assert perfect == {"mean_average_precision": 1.0, "f1": 1.0}
    nothing = scores("multilabel", answers, 0 * targets)
    assert nothing["mean_average_precision"] == 0


def test_quantities():
    targets = np.array([[1.0, 5.0], [3.0, 5.0]])
    found = scores("regression", targets + [[1, 0], [-1, 2]], targets)
    assert found == {
        "mean_absolute_error": 1.0,
        "root_mean_squared_error": pytest.approx(6**0.5 / 2),
        # The first is as bad as its mean; the second never changes.
        "r2": pytest.approx(0.0),
    }
    assert scores("regression", targets, targets)["r2"] == 1
    assert scores("regression", targets[:1], targets[:1])["r2"] == 0


@pytest.mark.parametrize("task", NAMES)
def test_the_names_are_those_that_are_found(task):
    targets = np.eye(6)
    known = np.arange(6) if task == "classification" else targets
    assert set(scores(task, targets, known)) == set(NAMES[task])
