import json
import os

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer
from keras_attmask.models.preset_reader import is_preset
from keras_attmask.models.preset_reader import read_preprocessing

SHAPE = (16, 24, 3)
FILES = ["config.json", "metadata.json", "model.weights.h5"]
FILES += ["preprocessor.json"]


def make(shape=SHAPE, **settings):
    """A backbone that is like no fresh one."""
    backbone = VisionTransformer(shape, 8, 2, 3, 12, **settings)
    draw = np.random.default_rng(0)
    for variable in backbone.variables:
        variable.assign(draw.normal(0, 0.3, variable.shape))
    return backbone


def answers(backbone):
    images = np.random.default_rng(1).normal(size=(2, *SHAPE))
    found = backbone(
        images.astype("float32"), outputs=("class_token", "class_attention")
    )
    return [
        ops.convert_to_numpy(ops.cast(value, "float32"))
        for value in found.values()
    ]


def refuse(call, words):
    with pytest.raises(InputError) as caught:
        call()
    said = str(caught.value)
    assert "\n" not in said and said.startswith("folder: expected ")
    assert words in said


@pytest.fixture
def preset(tmp_path):
    make().save_to_preset(tmp_path / "preset")
    return tmp_path / "preset"


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_the_same_backbone_comes_back(tmp_path, dtype):
    settings = {"num_registers": 2, "layer_scale": 0.1, "norm_epsilon": 1e-5}
    settings |= {"position_rule": "size", "use_mask_token": True}
    backbone = make(**settings, dtype=dtype, name="mine")
    backbone.save_to_preset(tmp_path / "a" / "preset")
    twin = VisionTransformer.from_preset(str(tmp_path / "a" / "preset"))
    assert twin.get_config() == backbone.get_config()
    assert twin.dtype_policy.name == dtype and twin.name == "mine"
    for old, new in zip(answers(backbone), answers(twin), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_global_policy_changes_nothing(preset):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        twin = VisionTransformer.from_preset(preset)
    finally:
        keras.config.set_dtype_policy(before)
    assert twin.compute_dtype == "float32"


def test_the_files_are_those_of_keras_hub(preset):
    assert sorted(path.name for path in preset.iterdir()) == FILES
    assert os.listdir(preset.parent) == ["preset"]
    config = json.loads((preset / "config.json").read_text())
    assert sorted(config) == ["class_name", "config", "module"] + [
        "registered_name"
    ]
    assert config["registered_name"] == "keras_attmask>VisionTransformer"
    facts = json.loads((preset / "metadata.json").read_text())
    assert facts["keras_version"] == keras.__version__
    assert facts["parameter_count"] == make().count_params()


def test_images_are_prepared_with_the_numbers_of_imagenet(preset):
    found = read_preprocessing(preset, "folder")
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    assert found == Preprocessing(SHAPE, mean, std)


def test_images_are_prepared_as_told(tmp_path):
    given = Preprocessing((16, 24, 1), (0.3,), (0.2,), 0.5)
    backbone = make((16, 24, 1))
    backbone.save_to_preset(tmp_path / "preset", given)
    assert read_preprocessing(tmp_path / "preset", "folder") == given
    for bad, words in (
        (None, "^preprocessing: expected .* of 1 channels, got None$"),
        (Preprocessing((8, 8, 1), (0.3,), (0.2,)), "^preprocessing: .*8, 8, 1"),
    ):
        with pytest.raises(InputError, match=words):
            backbone.save_to_preset(tmp_path / "other", bad)
    assert not (tmp_path / "other").exists()


def test_an_earlier_preset_is_replaced(preset):
    backbone = make(layer_scale=0.5)
    backbone.save_to_preset(preset)
    twin = VisionTransformer.from_preset(preset)
    assert twin.layer_scale == 0.5
    assert os.listdir(preset.parent) == ["preset"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    make().save_to_preset(tmp_path / "empty")
    assert is_preset(tmp_path / "empty")


def test_somebody_s_folder_is_left_alone(preset, tmp_path):
    backbone = make()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    refuse(lambda: backbone.save_to_preset(tmp_path / "letters"), "a.txt")
    (preset / "README.md").write_text("notes")
    refuse(lambda: backbone.save_to_preset(preset), "README.md")
    (preset / "README.md").unlink()
    (preset / "config.json").write_text('{"model_type": "vit"}')
    refuse(lambda: backbone.save_to_preset(preset), "another kind of network")
    file = tmp_path / "letters" / "a.txt"
    refuse(lambda: backbone.save_to_preset(file), "is no folder")
    refuse(lambda: backbone.save_to_preset(file / "b"), "can be written")
    assert file.read_text() == "dear"


def test_a_save_that_fails_leaves_the_earlier_one(preset, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    backbone = make(layer_scale=0.5)
    monkeypatch.setattr(VisionTransformer, "save_weights", fail)
    with pytest.raises(OSError, match="disk full"):
        backbone.save_to_preset(preset)
    assert VisionTransformer.from_preset(preset).layer_scale is None
    assert os.listdir(preset.parent) == ["preset"]


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_folder_without_one_of_the_files(preset, name):
    (preset / name).unlink()
    assert not is_preset(preset)
    refuse(lambda: VisionTransformer.from_preset(preset), f"without {name}")


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("config.json", "{", "JSONDecodeError"),
        ("config.json", "[1]", "AttributeError"),
        ("config.json", '{"model_type": "vit"}', "got None"),
        ("config.json", '{"registered_name": "Dense"}', "got 'Dense'"),
        ("model.weights.h5", "no weights", "OSError"),
    ],
)
def test_a_broken_file(preset, name, content, words):
    (preset / name).write_text(content)
    refuse(lambda: VisionTransformer.from_preset(preset), words)


def test_weights_of_another_network(preset):
    make(num_registers=1).save_weights(preset / "model.weights.h5")
    config = json.loads((preset / "config.json").read_text())
    config["config"]["hidden_dim"] = 24
    (preset / "config.json").write_text(json.dumps(config))
    refuse(lambda: VisionTransformer.from_preset(preset), "model.weights.h5")


@pytest.mark.parametrize("path", ["none", "."])
def test_no_preset_there(tmp_path, path):
    path = tmp_path / path
    refuse(lambda: VisionTransformer.from_preset(path), "without config.json")
    assert not is_preset(path)
