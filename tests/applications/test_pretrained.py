import dataclasses

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import ViTTiny16
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer

SHAPE = (16, 16, 3)


@pytest.fixture
def construct(small):
    return constructor(small)


def answer(model, images):
    return ops.convert_to_numpy(model(images, training=False))


def token(backbone, images):
    found = backbone(images, training=False)["class_token"]
    return ops.convert_to_numpy(found)


def check(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [16, 24])
def test_a_run_at_its_own_size_and_at_another(
    construct, make_run, images, size
):
    folder, backbone = make_run(size)
    for weights in (folder, str(folder / "backbone.weights.h5")):
        model = construct(False, weights, None, SHAPE, "token")
        check(answer(model, images), token(backbone, images))
        assert model.get_layer("backbone").grid == (4, 4)


def test_the_classifier_of_a_run_is_fresh(construct, make_run, images):
    folder, backbone = make_run()
    model = construct(weights=folder, input_shape=SHAPE, classes=5)
    check(token(model.get_layer("backbone"), images), token(backbone, images))
    kernel, bias = model.get_layer("predictions").get_weights()
    assert kernel.std() > 0.1 and not bias.any()


def test_a_keras_file_carries_what_its_weights_live_by(
    construct, images, tmp_path
):
    # A wide epsilon and the other rule both show in the tokens.
    backbone = VisionTransformer(
        (24, 24, 3), 4, 2, 2, 16, norm_epsilon=0.1, position_rule="size"
    )
    backbone.save(tmp_path / "vit.keras")
    model = construct(False, tmp_path / "vit.keras", None, SHAPE, "token")
    check(answer(model, images), token(backbone, images))


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_a_whole_model_with_its_classifier(construct, images, tmp_path, ending):
    path = tmp_path / f"model{ending}"
    model = construct(input_shape=SHAPE, classes=5)
    model.save(path) if ending == ".keras" else model.save_weights(path)
    twin = construct(weights=path, input_shape=SHAPE, classes=5)
    check(answer(twin, images), answer(model, images))
    bare = construct(False, path, None, SHAPE, "token")
    check(answer(bare, images), token(model.get_layer("backbone"), images))
    with pytest.raises(InputError, match="^classes: expected 5 as in .*got 6"):
        construct(weights=path, input_shape=SHAPE, classes=6)


def test_weights_without_a_classifier_leave_a_fresh_one(
    construct, images, tmp_path
):
    path = tmp_path / "model.weights.h5"
    bare = construct(False, input_shape=SHAPE, pooling="token")
    bare.save_weights(path)
    model = construct(weights=path, input_shape=SHAPE, classes=5)
    check(token(model.get_layer("backbone"), images), answer(bare, images))


def test_weights_of_a_model_beside_a_recipe_are_the_model_s(
    construct, make_run, images
):
    folder, _ = make_run()
    model = construct(input_shape=SHAPE, classes=5)
    model.save_weights(folder / "classifier.weights.h5")
    weights = folder / "classifier.weights.h5"
    twin = construct(weights=weights, input_shape=SHAPE, classes=5)
    check(answer(twin, images), answer(model, images))


def test_a_classifier_on_other_features_is_left_behind(construct, tmp_path):
    base = construct(False, input_shape=SHAPE, pooling="token+avg")
    scores = keras.layers.Dense(5, name="predictions")(base.output)
    keras.Model(base.input, scores).save(tmp_path / "model.keras")
    model = construct(
        weights=tmp_path / "model.keras", input_shape=SHAPE, classes=6
    )
    assert model.output_shape == (None, 6)


def test_a_mixed_policy_takes_full_precision_weights(construct, make_run):
    folder, backbone = make_run()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = construct(False, folder, input_shape=SHAPE)
    finally:
        keras.config.set_dtype_policy(before)
    found = model.get_layer("backbone")
    assert found.compute_dtype == "bfloat16"
    for old, new in zip(backbone.get_weights(), found.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_a_published_size_takes_a_run_of_that_size(make_run):
    folder, backbone = make_run(
        32, patch_size=16, num_layers=12, num_heads=3, hidden_dim=192
    )
    model = ViTTiny16(False, folder, input_shape=(32, 32, 3))
    found = model.get_layer("backbone").get_weights()
    for old, new in zip(backbone.get_weights(), found):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"patch_size": 8}, "patch_size 8 for ViTSmall4, got 4"),
        ({"hidden_dim": 32}, "hidden_dim 32 .*got 16"),
        ({"num_layers": 3}, "num_layers 3 .*got 2"),
        ({"num_heads": 4}, "num_heads 4 .*got 2"),
        ({"layer_scale": 1.0}, "layer_scale True .*got False"),
    ],
)
def test_a_run_of_another_architecture(small, make_run, change, message):
    folder, _ = make_run()
    construct = constructor(dataclasses.replace(small, **change))
    with pytest.raises(InputError, match=f"^weights: expected {message} in '"):
        construct(weights=folder, input_shape=SHAPE)


def test_a_run_of_other_channels(construct, make_run):
    folder, _ = make_run()
    with pytest.raises(InputError, match="^weights: .*channels 1 .*got 3 in"):
        construct(weights=folder, input_shape=(16, 16, 1))


@pytest.mark.parametrize("weights", ["imagenet", "no/such.keras", 3, b""])
def test_what_is_no_weights(construct, weights):
    with pytest.raises(InputError, match="^weights: expected None, a run"):
        construct(weights=weights, input_shape=SHAPE)


def test_other_errors_call_it_weights_too(construct, tmp_path):
    for name in ("x.keras", "x.weights.h5", "x.onnx"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(InputError, match=f"^weights: expected .*{name}'"):
            construct(weights=tmp_path / name, input_shape=SHAPE)
    with pytest.raises(InputError, match="^weights: .*backbone.weights.h5'"):
        construct(weights=tmp_path, input_shape=SHAPE)


def test_an_activation_that_pretrained_scores_do_not_have(construct, make_run):
    folder, _ = make_run()
    settings = {"input_shape": SHAPE, "classifier_activation": "sigmoid"}
    construct(**settings)
    construct(False, folder, **settings)
    with pytest.raises(InputError, match="^classifier_activation: .*'sigmoid'"):
        construct(weights=folder, **settings)
    for allowed in (None, "softmax"):
        settings["classifier_activation"] = allowed
        construct(weights=folder, **settings)
