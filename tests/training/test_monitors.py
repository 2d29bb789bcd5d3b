import math

import numpy as np
import pytest
from keras import ops

from keras_attmask.training.collapse_monitor import signs
from keras_attmask.training.monitors import feature_rank
from keras_attmask.training.monitors import monitored

RANDOM = np.random.default_rng(0)


def numbers(**arrays):
    found = monitored(
        *(ops.convert_to_tensor(x.astype("float32")) for x in arrays.values())
    )
    return {k: float(ops.convert_to_numpy(v)) for k, v in found.items()}


def test_entropies_of_targets_that_differ():
    """Two images, each sure of another output: nothing and ln 2."""
    found = numbers(features=np.eye(2), targets=np.eye(2, 4))
    assert found["teacher_entropy"] == pytest.approx(0.0, abs=1e-6)
    assert found["teacher_diversity"] == pytest.approx(math.log(2), rel=1e-6)
    assert "attention_entropy" not in found


def test_entropies_of_targets_that_are_the_same():
    found = numbers(features=np.eye(2), targets=np.full((2, 4), 0.25))
    assert found["teacher_entropy"] == pytest.approx(math.log(4), rel=1e-6)
    assert found["teacher_diversity"] == pytest.approx(0.0, abs=1e-6)


def test_entropy_of_attention_is_a_share():
    attention = np.array([[0.2] * 4, [0.3, 0.3, 0.0, 0.0]])
    found = numbers(
        features=np.eye(2), targets=np.eye(2, 4), attention=attention
    )
    assert found["attention_entropy"] == pytest.approx(0.75, rel=1e-5)


@pytest.mark.parametrize("directions", [1, 2, 8])
def test_rank_of_features(directions):
    """Equal variances along some directions, far from the origin."""
    axes = np.linalg.qr(RANDOM.normal(size=(16, 16)))[0][:directions]
    signs = np.array(
        [[(-1) ** (i >> d & 1) for d in range(directions)] for i in range(256)]
    )
    features = (signs @ axes + 3.0).astype("float32")
    found = feature_rank(ops.convert_to_tensor(features))
    assert float(ops.convert_to_numpy(found)) == pytest.approx(
        directions, rel=1e-3
    )


def test_rank_of_one_feature_for_all():
    features = np.tile(RANDOM.normal(size=16), (6, 1)).astype("float32")
    found = feature_rank(ops.convert_to_tensor(features))
    assert float(ops.convert_to_numpy(found)) == 0.0


HEALTHY = {
    "cls_loss": 4.0,
    "teacher_entropy": 3.0,
    "teacher_diversity": 2.0,
    "feature_rank": 20.0,
    "attention_entropy": 0.9,
}
MOST = math.log(1024)


def test_health_gives_no_sign():
    assert signs(HEALTHY, 1024) == []
    without_masks = {**HEALTHY}
    del without_masks["attention_entropy"]
    assert signs(without_masks, 1024) == []


@pytest.mark.parametrize(
    "changes, words",
    [
        (
            {
                "cls_loss": MOST,
                "teacher_entropy": MOST,
                "teacher_diversity": 0.0,
            },
            ("uniform", "objective.teacher_temperature"),
        ),
        (
            {
                "cls_loss": 0.01,
                "teacher_entropy": 0.01,
                "teacher_diversity": 0.01,
            },
            ("same output", "objective.center_momentum"),
        ),
        ({"teacher_diversity": 0.02}, ("hardly differ", "learning_rate")),
        ({"feature_rank": 1.01}, ("one direction", "training.batch_size")),
        ({"attention_entropy": 1.0}, ("all patches", "masking.strategy")),
        ({"attention_entropy": 0.001}, ("one patch", "num_registers")),
    ],
)
def test_each_sign_names_a_setting(changes, words):
    (text,) = signs({**HEALTHY, **changes}, 1024)
    assert all(word in text for word in words)
