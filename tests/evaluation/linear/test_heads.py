import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from keras_attmask.evaluation import Head
from keras_attmask.evaluation.linear.heads import Heads
from keras_attmask.evaluation.linear.streams import ReadOnce
from keras_attmask.evaluation.linear.training import train

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(12, 6)).astype("float32")
LABELS = RANDOM.integers(0, 3, 12).astype("int32")
WEIGHTS = np.full(12, 1 / 12, "float32")


def columns(kind):
    """One block has the last three columns, two blocks have all."""
    return np.arange(6)[6 - 3 * kind[0] :]


def by_hand(features, kernel, bias, rate, shares):
    """SGD with momentum as PyTorch has it, in float64."""
    truth = np.eye(3)[LABELS]
    moving, shifting = np.zeros_like(kernel), np.zeros_like(bias)
    for share in shares:
        logits = features @ kernel + bias
        likely = np.exp(logits - logits.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        moving = 0.9 * moving + features.T @ (likely - truth) / 12
        shifting = 0.9 * shifting + (likely - truth).mean(0)
        kernel = kernel - rate * share * moving
        bias = bias - rate * share * shifting
    return kernel, bias


def test_steps_are_those_of_sgd_with_momentum():
    settings = [Head(0.5, 2), Head(0.1, 1), Head(0.02, 2)]
    heads = Heads(settings, columns, 3, seed=4)
    first = [heads.weights_of(number) for number in range(3)]
    assert 0.004 < np.std(first[0][0]) < 0.02
    shares = (1.0, 0.7, 0.2, 0.1)
    for share in shares:
        heads.learn(FEATURES, LABELS, WEIGHTS, share)
    for number, setting in enumerate(settings):
        seen = FEATURES[:, columns(setting.kind)].astype("float64")
        expected = by_hand(seen, *first[number], setting.learning_rate, shares)
        for found, wanted in zip(heads.weights_of(number), expected):
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


def test_rows_without_weight_count_for_nothing():
    found = []
    for extra in (0, 5):
        heads = Heads([Head(1.0, 2)], columns, 3)
        pad = [(0, extra)]
        heads.learn(
            np.pad(FEATURES, [*pad, (0, 0)], constant_values=9),
            np.pad(LABELS, pad),
            np.pad(WEIGHTS, pad),
            1.0,
        )
        found.append(heads.weights_of(0)[0])
    np.testing.assert_allclose(*found, rtol=0, atol=1e-6)


def test_standardised_features_teach_the_same_on_any_scale():
    spread = FEATURES.mean(0), FEATURES.std(0)
    found = []
    for scale in (1, 50):
        moved = tuple(np.float32(scale) * part for part in spread)
        heads = Heads([Head(0.3, 2)], columns, 3, spread=moved)
        for _ in range(5):
            heads.learn(FEATURES * scale, LABELS, WEIGHTS, 1.0)
        kernel, bias = heads.weights_of(0)
        found.append(FEATURES * scale @ kernel + bias)
    np.testing.assert_allclose(*found, rtol=0, atol=1e-4)


def test_hits_first_and_among_five():
    heads = Heads([Head(1.0, 2)], lambda kind: np.arange(7), 7)
    kernel = np.eye(7, dtype="float32")[:, None]
    heads._state[0][0] = kernel  # logits are the features
    scores = np.float32(
        [[7, 6, 5, 4, 3, 2, 1], [7, 6, 5, 4, 3, 2, 1], [1, 1, 0, 0, 0, 0, 0]]
    )
    counted = np.ones(3, "float32")
    found = heads.hits(scores, np.int32([0, 4, 0]), counted)
    assert found.tolist() == [[1, 3]]  # equals are better
    assert heads.hits(scores, np.int32([5, 6, 3]), counted)[0, 1] == 0
    scores[:] = np.nan
    assert heads.hits(scores, np.int32([0, 4, 1]), counted).sum() == 0
    assert heads.hits(scores * 0, np.int32([0, 4, 1]), counted * 0).sum() == 0


@pytest.mark.parametrize("standardise", [True, False])
def test_the_best_of_many_rates_is_as_good_as_logistic_regression(standardise):
    images, labels = load_digits(return_X_y=True)
    images = images.astype("float32")
    learn, ask = slice(0, 1200), slice(1200, None)
    spread = images[learn].mean(0), images[learn].std(0) + 1e-6
    scaled = StandardScaler().fit(images[learn])
    expected = max(
        LogisticRegression(C=c, max_iter=500)
        .fit(scaled.transform(images[learn]), labels[learn])
        .score(scaled.transform(images[ask]), labels[ask])
        for c in (0.01, 0.1, 1)
    )
    rates = (0.01, 0.03, 0.1, 0.3, 1.0) if standardise else (3e-3, 0.01, 0.03)
    settings = [Head(rate, 1) for rate in rates]
    heads = Heads(
        settings,
        lambda kind: np.arange(64),
        10,
        spread=spread if standardise else None,
    )
    course = train(
        heads,
        ReadOnce(images[learn], 60),
        labels[learn],
        40,
        60,
        (images[ask], labels[ask]),
    )
    assert course.accuracy.shape == (40, len(rates), 2)
    reached = course.accuracy[-1, course.best_head, 0]
    # 597 images are asked: three of them are half a point.
    assert reached > expected - 0.0055
    assert course.accuracy[0, 0, 0] < reached
