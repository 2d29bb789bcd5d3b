import dataclasses

import keras
import numpy as np
import pytest

from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.applications.weights_file import inspect_weights
from keras_attmask.applications.weights_file import load_weights_file
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer


@pytest.fixture
def saved(small, tmp_path):
    """Saves a model of a shape: its backbone and the path of its weights."""

    def save(shape, include_top=False, row=small):
        model = constructor(row)(include_top, input_shape=shape, classes=5)
        path = tmp_path / "model.weights.h5"
        model.save_weights(path)
        return model.get_layer("backbone"), path

    return save


def test_the_shapes_tell_the_architecture(small, saved):
    row = dataclasses.replace(small, num_registers=3, layer_scale=0.1)
    _, path = saved((8, 12, 1), True, row)
    file = inspect_weights(path)
    assert file.found == {
        "patch_size": 4,
        "hidden_dim": 16,
        "num_layers": 2,
        "mlp_dim": 64,
        "num_registers": 3,
        "layer_scale": True,
        "channels": 1,
    }
    assert (file.num_patches, file.classes, file.full_model) == (6, 5, True)


def test_a_backbone_saved_alone(small, tmp_path):
    backbone = VisionTransformer((8, 8, 3), 4, 2, 2, 16)
    path = tmp_path / "vit.weights.h5"
    backbone.save_weights(path)
    file = inspect_weights(path)
    assert not file.full_model and file.classes is None
    assert file.found["num_registers"] == 0
    assert file.found["layer_scale"] is False
    found, classifier = load_weights_file(path, small, (16, 16, 3))
    assert classifier is None and found.grid == (2, 2)
    for old, new in zip(backbone.get_weights(), found.get_weights()):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    "stored, wanted, grid",
    [((8, 12), (8, 12), (2, 3)), ((12, 12), (8, 12), (3, 3))],
)
def test_the_grid_is_the_wanted_one_or_square(
    small, saved, stored, wanted, grid
):
    backbone, path = saved((*stored, 3))
    found, _ = load_weights_file(path, small, (*wanted, 3))
    assert found.grid == grid
    for old, new in zip(backbone.get_weights(), found.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_another_grid_cannot_be_guessed(small, saved):
    _, path = saved((8, 12, 3))
    message = "^weights: expected positions of 4x4 patches or .*, got 6 in "
    with pytest.raises(InputError, match=message):
        load_weights_file(path, small, (16, 16, 3))


def test_another_depth_is_named_before_anything_is_loaded(small, saved):
    _, path = saved((8, 8, 3))
    row = dataclasses.replace(small, num_layers=3)
    with pytest.raises(InputError, match="^weights: expected num_layers 3"):
        load_weights_file(path, row, (8, 8, 3))


def test_a_classifier_of_another_width_is_refused(small, tmp_path):
    base = constructor(small)(False, input_shape=(8, 8, 3), pooling="token+avg")
    scores = keras.layers.Dense(5, name="predictions")(base.output)
    path = tmp_path / "model.weights.h5"
    keras.Model(base.input, scores).save_weights(path)
    with pytest.raises(InputError, match="^weights: expected the weights of"):
        load_weights_file(path, small, (8, 8, 3))


def test_weights_of_another_kind_of_network(small, tmp_path):
    path = tmp_path / "dense.weights.h5"
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save_weights(path)
    with pytest.raises(InputError, match="^weights: .*dense.weights.h5', got"):
        inspect_weights(path)
