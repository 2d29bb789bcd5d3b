import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask import applications
from keras_attmask.applications import architectures
from keras_attmask.applications.vision_transformers import constructor


def answer(model, images):
    return ops.convert_to_numpy(model(images, training=False))


def test_the_smallest_as_published():
    model = applications.ViTTiny16(include_top=False)
    assert model.count_params() == 5_524_416


def test_scores_come_back_from_a_file(small, images, tmp_path):
    model = constructor(small)(input_shape=(16, 16, 3), classes=5)
    scores = answer(model, images)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=0, atol=1e-5)
    model.save(tmp_path / "model.keras")
    twin = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(twin, images), scores)


def test_any_batch_and_a_graph_give_the_same(small, images):
    model = constructor(small)(input_shape=(16, 16, 3), classes=5)
    images = np.concatenate([images, images[::-1, ::-1]])[:3]
    together = model.predict(images, batch_size=2, verbose=0)
    apart = [answer(model, images[i : i + 2]) for i in range(2)]
    np.testing.assert_allclose(together[:2], apart[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(together[1:], apart[1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(small, images, policy):
    before, construct = keras.config.dtype_policy(), constructor(small)
    keras.config.set_dtype_policy(policy)
    try:
        model = construct(input_shape=(16, 16, 3), classes=7)
        bare = construct(False, None, None, (16, 16, 3), "token")
    finally:
        keras.config.set_dtype_policy(before)
    assert model.get_layer("backbone").compute_dtype == policy[6:]
    assert {v.dtype for v in model.variables} == {"float32"}
    scores = answer(model, images)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=0, atol=1e-5)
    assert keras.backend.standardize_dtype(bare(images).dtype) == policy[6:]


def test_one_channel(small, images):
    model = constructor(small)(False, None, None, (16, 16, 1), "token")
    assert model.get_layer("backbone").patch_embedding.kernel.shape[2] == 1
    assert answer(model, images[..., :1]).shape == (2, 16)


def test_layers_have_the_names_that_users_reach_for(small):
    model = constructor(small)(input_shape=(16, 16, 3), classes=5, name="mine")
    assert model.name == "mine"
    assert [layer.name for layer in model.layers[1:]] == [
        "backbone",
        "predictions",
    ]
    names = [layer.name for layer in model.get_layer("backbone").layers]
    assert "block_0" in names and "block_1" in names


def test_a_frozen_backbone_stays_while_the_classifier_learns(small, images):
    model = constructor(small)(input_shape=(16, 16, 3), classes=3)
    backbone = model.get_layer("backbone")
    backbone.trainable = False
    assert len(model.trainable_weights) == 2
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = (
        backbone.get_weights(),
        model.get_layer("predictions").get_weights(),
    )
    model.fit(images, np.array([0, 2]), verbose=0)
    for old, new in zip(before[0], backbone.get_weights()):
        np.testing.assert_array_equal(old, new)
    after = model.get_layer("predictions").get_weights()
    assert np.abs(after[1] - before[1][1]).max() > 1e-4


def test_fine_tuning_moves_the_first_block(small, images):
    model = constructor(small)(input_shape=(16, 16, 3), classes=3)
    kernel = model.get_layer("backbone").blocks[0].mlp.expand.kernel
    before = ops.convert_to_numpy(kernel)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, np.array([0, 2]), verbose=0)
    assert np.abs(ops.convert_to_numpy(kernel) - before).max() > 1e-5


def test_what_comes_before_the_input_tensor_is_part_of_the_model(small):
    bytes_in = keras.Input((16, 16, 3), dtype="uint8")
    normalised = applications.preprocess_input(bytes_in)
    construct = constructor(small)
    model = construct(False, input_tensor=normalised, pooling="token")
    pixels = np.random.default_rng(1).integers(0, 256, (2, 16, 16, 3), "uint8")
    tokens = model.get_layer("backbone")(applications.preprocess_input(pixels))
    np.testing.assert_allclose(
        answer(model, pixels),
        ops.convert_to_numpy(tokens["class_token"]),
        rtol=0,
        atol=1e-5,
    )


def test_registers_and_layer_scale_are_one_row(images):
    row = architectures.Architecture(
        "ViTSmall4", "vit_small4", 4, 1, 2, 16, 4, 0.1
    )
    model = constructor(row)(False, input_shape=(16, 16, 3))
    backbone = model.get_layer("backbone")
    assert backbone.num_registers == 4 and backbone.layer_scale == 0.1
    assert answer(model, images).shape == (2, 4, 4, 16)
