import keras
import numpy as np
import official_vectors
import pytest
from gradients import gradient
from keras import ops

from keras_attmask.layers import ProjectionHead

OFFICIAL = [
    [0.839281, -0.734600, 0.608644, -0.463983, 0.303426],
    [-0.130401, -0.050651, 0.234009, -0.412681, 0.578824],
]


def tokens(shape=(2, 5, 12), seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def small_head(**settings):
    head = ProjectionHead(10, 16, 8, **settings)
    head.build((None, 12))
    return head


def test_head_on_the_tiny_backbone_is_the_official_one():
    backbone, head = (
        official_vectors.tiny_backbone(),
        (official_vectors.tiny_head()),
    )
    images = official_vectors.images(0.013, 2, 32)
    found = head(backbone(images)["class_token"])
    assert ops.convert_to_numpy(found)[0] == pytest.approx(
        np.ravel(OFFICIAL), rel=1e-5
    )


def test_bottleneck_gives_unit_vectors():
    vectors = ops.convert_to_numpy(small_head().bottleneck(tokens()))
    assert vectors.shape == (2, 5, 8)
    norms = np.linalg.norm(vectors, axis=-1)
    np.testing.assert_allclose(norms, 1.0, rtol=0, atol=1e-6)


def test_parts_together_are_the_call():
    head = small_head(shared=False)
    vectors = head.bottleneck(tokens())
    for patches, part in (
        (False, head.class_logits),
        (True, head.patch_logits),
    ):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(head(tokens(), patches=patches)),
            ops.convert_to_numpy(part(vectors)),
        )


def test_mean_of_logits_is_the_logits_of_the_mean():
    # What lets the centre skip the wide product for most patches.
    head = small_head()
    vectors = head.bottleneck(tokens())
    mean = ops.mean(vectors, axis=1)
    np.testing.assert_allclose(
        ops.convert_to_numpy(head.patch_logits(mean)),
        ops.convert_to_numpy(head.patch_logits(vectors)).mean(axis=1),
        rtol=0,
        atol=1e-6,
    )


@pytest.mark.parametrize("shared", [True, False])
def test_prototypes_shared_or_not(shared):
    head = small_head(shared=shared)
    x = tokens()
    same = np.array_equal(
        ops.convert_to_numpy(head(x)),
        ops.convert_to_numpy(head(x, patches=True)),
    )
    assert same == shared
    # 3 dense layers, and a matrix and gains once or twice.
    assert len(head.trainable_variables) == 6 + (2 if shared else 4)


@pytest.mark.parametrize("trainable", [True, False])
def test_gains_learn_or_stay(trainable):
    head = small_head(trainable_gain=trainable)
    assert len(head.trainable_variables) == 7 + trainable
    assert len(head.weights) == 8
    # With gains of 1 a logit is a cosine.
    assert np.abs(ops.convert_to_numpy(head(tokens()))).max() <= 1.0


def test_published_sizes():
    head = ProjectionHead(8192)
    head.build((None, 384))
    assert head.count_params() == 7_614_720


def test_zero_vector_is_no_trouble():
    head = small_head()
    for layer in head.dense:
        layer.bias.assign(np.zeros(layer.bias.shape))
    zero = np.zeros((1, 12), "float32")
    assert not ops.convert_to_numpy(head(zero)).any()
    found = gradient(lambda x: ops.sum(head(x)), zero)
    assert np.isfinite(found).all()


def test_mixed_precision_normalises_in_float32():
    # Squares of these outputs overflow float16; their norm does not matter.
    head = small_head(dtype="mixed_float16")
    head.dense[-1].bias.assign(np.full(8, 300.0))
    found = head.bottleneck(tokens())
    assert keras.backend.standardize_dtype(found.dtype) == "float16"
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(found, "float32")),
        1 / np.sqrt(8),
        rtol=2e-3,
    )
