import json
import zipfile

import keras
import numpy as np
import pytest

from keras_attmask.applications import load_backbone
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer


def same(found, expected):
    """Whether two backbones compute the same: settings and weights."""
    for name in ("norm_epsilon", "position_rule", "num_heads", "grid"):
        assert getattr(found, name) == getattr(expected, name)
    for old, new in zip(expected.get_weights(), found.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_a_run_folder_and_its_weights(make_run):
    folder, backbone = make_run(layer_scale=0.5, num_registers=2)
    for path in (folder, str(folder), folder / "backbone.weights.h5"):
        found = load_backbone(path)
        assert found.stochastic_depth_rate == 0
        assert (found.num_registers, found.layer_scale) == (2, 0.5)
        same(found, backbone)


def test_a_keras_file_of_a_backbone(tmp_path):
    backbone = VisionTransformer((16, 16, 3), 4, 1, 2, 16, position_rule="size")
    backbone.save(tmp_path / "vit.keras")
    same(load_backbone(tmp_path / "vit.keras"), backbone)


def test_a_keras_file_of_a_model_on_a_backbone(small, tmp_path):
    base = constructor(small)(False, input_shape=(16, 16, 3), pooling="avg")
    model = keras.Sequential([base, keras.layers.Dense(3)])
    model.save(tmp_path / "model.keras")
    found = load_backbone(tmp_path / "model.keras")
    same(found, base.get_layer("backbone"))


def test_half_precision_comes_back_in_full(make_run, tmp_path):
    backbone = VisionTransformer(
        (16, 16, 3), 4, 1, 2, 16, dtype="mixed_float16"
    )
    backbone.save(tmp_path / "vit.keras")
    folder, _ = make_run()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for path in (folder, tmp_path / "vit.keras"):
            assert load_backbone(path).compute_dtype == "float32"
    finally:
        keras.config.set_dtype_policy(before)
    found = load_backbone(tmp_path / "vit.keras")
    same(found, backbone)


def refuse(path, message):
    with pytest.raises(InputError, match=message) as caught:
        load_backbone(path)
    assert "\n" not in str(caught.value)


def test_nothing_there(tmp_path):
    for path in (tmp_path / "none", tmp_path, tmp_path / "none.keras"):
        refuse(path, "^backbone: expected a run folder.*does not exist$")


def test_another_kind_of_file(tmp_path):
    path = tmp_path / "vit.onnx"
    path.write_bytes(b"")
    refuse(path, "^backbone: expected a run folder.*vit.onnx'$")


def test_weights_without_their_recipe(make_run):
    folder, _ = make_run()
    (folder / "recipe.json").unlink()
    refuse(folder, "^backbone: expected recipe.json beside .*weights.h5'")


@pytest.mark.parametrize("text", ["{", "[1]", "\x00", '{"views": 3}'])
def test_a_broken_recipe(make_run, text):
    folder, _ = make_run()
    (folder / "recipe.json").write_text(text)
    refuse(folder, "^backbone: expected .* in .*recipe.json', got ")


def test_a_recipe_that_does_not_fit_its_weights(make_run):
    folder, _ = make_run()
    record = json.loads((folder / "recipe.json").read_text())
    record["backbone"]["hidden_dim"] = 32
    (folder / "recipe.json").write_text(json.dumps(record))
    refuse(folder, "^backbone: expected the weights of a VisionTransformer in ")


@pytest.mark.parametrize("name", ["backbone.weights.h5", "backbone.keras"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short"])
def test_a_broken_file(make_run, name, content):
    folder, _ = make_run()
    (folder / name).write_bytes(content)
    refuse(folder / name, f"^backbone: expected the weights .*{name}', got ")


def test_an_archive_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.keras", "w") as archive:
        archive.writestr("letter.txt", "hello")
    refuse(tmp_path / "x.keras", "^backbone: expected the weights .*x.keras'")


def test_a_model_without_a_backbone(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(tmp_path / "dense.keras")
    message = "^backbone: expected a VisionTransformer in .*got Sequential$"
    refuse(tmp_path / "dense.keras", message)
