import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_preprocessing
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer

PREPARE = Preprocessing((16, 16, 3), (0.5,) * 3, (0.25,) * 3)


@pytest.fixture
def preset(tmp_path, small):
    """A preset in half precision: its backbone and its folder."""
    settings = small.settings() | {"dtype": "mixed_bfloat16"}
    backbone = VisionTransformer((16, 16, 3), **settings)
    backbone.save_to_preset(tmp_path / "preset", PREPARE)
    return backbone, tmp_path / "preset"


def test_a_backbone_in_full_precision(preset):
    backbone, folder = preset
    found = load_backbone(folder)
    assert found.compute_dtype == "float32"
    for old, new in zip(backbone.get_weights(), found.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_its_preprocessing(preset):
    assert load_preprocessing(preset[1]) == PREPARE


def test_a_constructor_takes_it(small, preset, images):
    _, folder = preset
    model = constructor(small)(False, folder, None, (16, 16, 3), "token")
    found = ops.convert_to_numpy(model(images))
    expected = load_backbone(folder)(images)["class_token"]
    np.testing.assert_allclose(
        found, ops.convert_to_numpy(expected), rtol=0, atol=1e-5
    )


def test_a_broken_one_is_named(preset):
    (preset[1] / "model.weights.h5").write_bytes(b"nothing")
    message = "^backbone: expected a part of a preset in .*h5', got OSError"
    with pytest.raises(InputError, match=message):
        load_backbone(preset[1])
