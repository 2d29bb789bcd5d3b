import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation import lowshot_scores
from keras_attmask.evaluation.lowshot import chosen_images


def test_the_images_are_those_of_the_official_draws():
    labels = np.array([0, 1] * 30)  # places of class 0: 0, 2, 4, ...
    assert chosen_images(labels, 1, 0).tolist() == [0, 1]
    assert chosen_images(labels, 1, 4).tolist() == [40, 41]  # the 20th
    assert chosen_images(labels, 5, 1).tolist() == [
        *range(10, 20, 2),
        *range(11, 21, 2),
    ]
    assert chosen_images(labels, 20, 1) is None
    assert chosen_images(labels, 10, 2)[0] == 40


def blobs(count, seed):
    """Three classes in a circle, in turn."""
    labels = np.arange(count) % 3
    angles = 2 * np.pi * labels / 3
    centres = np.stack([np.cos(angles), np.sin(angles)], 1)
    noise = np.random.default_rng(seed).normal(0, 0.2, centres.shape)
    return (centres + noise).astype("float32"), labels


def test_easy_classes_are_learned_from_few_images():
    found = lowshot_scores(*blobs(90, 0), *blobs(60, 1))
    assert found["knn_5_shot"] > 0.95 and found["logistic_5_shot"] > 0.95
    assert found["knn_20_shot_std"] == 0  # 30 images a class: one draw
    assert [found[f"draws_{n}_shot"] for n in (1, 5, 10, 20)] == [5, 5, 3, 1]
    assert found["knn_1_shot_std"] < 0.2


def test_means_are_those_of_the_draws():
    bank, labels = blobs(30, 0)
    queries, answers = blobs(9, 1)
    found = lowshot_scores(bank, labels, queries, answers, shots=(5,))
    alone = [
        lowshot_scores(
            bank[places], labels[places], queries, answers, shots=(5,)
        )["knn_5_shot"]
        for places in (chosen_images(labels, 5, draw) for draw in (0, 1))
    ]
    assert found["draws_5_shot"] == 2
    assert found["knn_5_shot"] == pytest.approx(np.mean(alone))
    assert found["knn_5_shot_std"] == pytest.approx(np.std(alone))


def test_one_class_is_always_right():
    features, labels = blobs(9, 0)
    found = lowshot_scores(features, 0 * labels, features, 0 * labels, (1,))
    assert found["knn_1_shot"] == 1 and "logistic_1_shot" not in found


def test_too_few_images_are_named():
    features, labels = blobs(9, 0)
    with pytest.raises(InputError, match="expected 5 images or more of each"):
        lowshot_scores(features, labels, features, labels, shots=(5, 10))
