import json

import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import load_backbone
from keras_attmask.applications.architectures import Architecture
from keras_attmask.applications.checkpoint_file import read_checkpoint
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.convert import save_checkpoint
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer

SHAPE = (16, 16, 3)


@pytest.fixture
def backbone():
    return VisionTransformer(SHAPE, 4, 2, 2, 16)


@pytest.fixture(params=["vit.safetensors", "folder"])
def path(request, backbone, tmp_path):
    """The backbone in a file of timm and in a folder of transformers."""
    save_checkpoint(backbone, tmp_path / request.param)
    return tmp_path / request.param


def token(model, images):
    found = model(images, training=False)["class_token"]
    return ops.convert_to_numpy(found)


def check(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_backbone_comes_back(backbone, path, images):
    found = load_backbone(path, num_heads=2)
    check(token(found, images), token(backbone, images))


def test_a_constructor_takes_it(small, backbone, path, images):
    model = constructor(small)(False, path, None, SHAPE, "token")
    found = ops.convert_to_numpy(model(images, training=False))
    check(found, token(backbone, images))


def test_a_classifier_comes_along(small, backbone, tmp_path):
    random = np.random.default_rng(0)
    aside = {
        "classifier.weight": random.normal(size=(5, 16)).astype("float32"),
        "classifier.bias": random.normal(size=5).astype("float32"),
    }
    networks = {"teacher": Network(backbone, aside=aside)}
    path = tmp_path / "vit.safetensors"
    save_checkpoint(Checkpoint("keras", networks), path)
    model = constructor(small)(weights=path, input_shape=SHAPE, classes=5)
    kernel, bias = model.get_layer("predictions").get_weights()
    np.testing.assert_array_equal(kernel, aside["classifier.weight"].T)
    np.testing.assert_array_equal(bias, aside["classifier.bias"])
    with pytest.raises(InputError, match="^classes: expected 5 as in .*got 4"):
        constructor(small)(weights=path, input_shape=SHAPE, classes=4)


def test_another_architecture_is_named(path):
    wider = constructor(Architecture("ViTWide4", "wide", 4, 2, 2, 32))
    message = "^weights: expected hidden_dim 32 for ViTWide4, got 16 in '"
    with pytest.raises(InputError, match=message):
        wider(weights=path, input_shape=SHAPE)


def test_what_is_wrong_with_a_file_is_said(tmp_path, backbone):
    for name in ("x.pth", "x.safetensors"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(InputError, match=f"^backbone: .*{name}: "):
            load_backbone(tmp_path / name)
    save_checkpoint(backbone, tmp_path / "folder")
    config = tmp_path / "folder" / "config.json"
    record = json.loads(config.read_text())
    config.write_text(json.dumps(record | {"model_type": "swin"}))
    with pytest.raises(InputError, match="^weights: .*model_type"):
        read_checkpoint(tmp_path / "folder", "weights")
