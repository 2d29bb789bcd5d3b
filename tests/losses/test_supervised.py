import numpy as np
import pytest
from keras import ops

from keras_attmask.losses.supervised import desired
from keras_attmask.losses.supervised import supervised_loss


def wanted(targets, count, task, smoothing=0.0):
    found = desired(ops.convert_to_tensor(targets), count, task, smoothing)
    return ops.convert_to_numpy(found)


def loss(targets, logits, task):
    arrays = (np.asarray(values, "float32") for values in (targets, logits))
    return float(supervised_loss(*map(ops.convert_to_tensor, arrays), task))


def test_a_class_is_a_row_that_sums_to_one():
    found = wanted(np.array([1, 0]), 4, "classification", 0.2)
    np.testing.assert_allclose(
        found, [[0.05, 0.85, 0.05, 0.05], [0.85, 0.05, 0.05, 0.05]], atol=1e-7
    )
    plain = wanted(np.array([1, 0]), 2, "classification")
    assert plain.tolist() == [[0, 1], [1, 0]]


def test_labels_are_smoothed_to_one_half():
    found = wanted(np.array([[0.0, 1.0]], "float32"), 2, "multilabel", 0.1)
    np.testing.assert_allclose(found, [[0.05, 0.95]], atol=1e-7)


def test_quantities_stay():
    targets = np.array([[3.5, -2.0]], "float32")
    assert wanted(targets, 2, "regression").tolist() == targets.tolist()


def test_cross_entropy_of_a_softmax():
    # Shares 1/4 and 3/4, of which the first is right: log 4.
    assert loss([[1, 0]], [[0.0, np.log(3)]], "classification") == (
        pytest.approx(np.log(4), rel=1e-6)
    )


def test_cross_entropy_of_sigmoids():
    # Three in four for yes, one in two for no: -(log 3/4 + log 1/2) / 2.
    assert loss([[1, 0]], [[np.log(3), 0.0]], "multilabel") == (
        pytest.approx(-(np.log(3 / 4) + np.log(1 / 2)) / 2, rel=1e-6)
    )
    assert loss([[1, 0]], [[500.0, -500.0]], "multilabel") == 0


def test_mean_square():
    assert loss([[1, 2], [3, 4]], [[1, 4], [0, 4]], "regression") == 13 / 4
