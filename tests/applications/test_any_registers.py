"""Weights of DINOv2, with registers and without."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import architectures
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.convert import save_checkpoint
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer
from keras_attmask.parity import read_npz

SHAPE = (28, 42, 3)
ROW = dataclasses.replace(
    architectures.SMALL_14, num_layers=2, num_heads=2, hidden_dim=16
)


@pytest.fixture(params=[0, 2, 4])
def backbone(request):
    """A square one, as transformers can write it, of so many registers."""
    settings = ROW.with_registers(request.param).settings()
    made = VisionTransformer((42, 42, 3), **settings)
    draw = np.random.default_rng(0)
    for variable in made.variables:
        variable.assign(draw.normal(0, 0.3, variable.shape))
    return made


def token(model, images):
    found = model(images, training=False)
    found = found["class_token"] if isinstance(found, dict) else found
    return ops.convert_to_numpy(found)


def check_taken(backbone, path):
    model = constructor(ROW)(False, path, None, SHAPE, "token")
    found = model.get_layer("backbone")
    assert found.num_registers == backbone.num_registers
    rule = "antialias" if found.num_registers else "size"
    assert found.position_rule == rule
    images = np.random.default_rng(1).normal(size=(2, *SHAPE))
    images = images.astype("float32")
    expected = token(backbone, images)
    np.testing.assert_allclose(token(model, images), expected, atol=1e-4)


def test_the_model_has_the_registers_of_a_folder(backbone, tmp_path):
    save_checkpoint(backbone, tmp_path / "dinov2")
    check_taken(backbone, tmp_path / "dinov2")


@pytest.mark.parametrize("name", ["a.keras", "a.weights.h5"])
def test_the_model_has_the_registers_of_a_file(backbone, tmp_path, name):
    path = tmp_path / name
    if name == "a.keras":
        backbone.save(path)
    else:
        backbone.save_weights(path)
    check_taken(backbone, path)


def test_fresh_ones_have_four():
    backbone = constructor(ROW)(input_shape=SHAPE).get_layer("backbone")
    assert backbone.num_registers == 4 and backbone.layer_scale == 1e-5


def test_others_keep_to_their_number(small, tmp_path):
    backbone = VisionTransformer((8, 8, 3), **small.settings(), name="vit")
    backbone.save(tmp_path / "a.keras")
    row = dataclasses.replace(small, num_registers=4)
    message = "^weights: expected num_registers 4 for ViTSmall4, got 0 in "
    with pytest.raises(InputError, match=message):
        constructor(row)(weights=tmp_path / "a.keras", input_shape=(8, 8, 3))


def test_weights_without_layer_scale_are_refused(tmp_path):
    settings = ROW.settings() | {"layer_scale": None}
    VisionTransformer((42, 42, 3), **settings).save(tmp_path / "a.keras")
    message = "^weights: expected layer_scale True for ViTSmall14, got False"
    with pytest.raises(InputError, match=message):
        constructor(ROW)(weights=tmp_path / "a.keras", input_shape=SHAPE)


@pytest.mark.parametrize("side", [98, 224])
def test_recorded_outputs_of_the_original(recorded, side):
    arrays = read_npz(recorded("hf_dinov2_tiny_expected.npz"), "x")
    row = dataclasses.replace(
        architectures.SMALL_14, num_layers=4, num_heads=3, hidden_dim=48
    )
    weights, shape = recorded("hf_dinov2_tiny"), (side, side, 3)
    model = constructor(row)(False, weights, None, shape, "token")
    found = token(model, arrays[f"images_{side}"])
    expected = arrays[f"{side}.pooler_output"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)
