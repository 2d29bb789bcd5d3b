import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_classifier
from keras_attmask.applications import load_preprocessing
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.models import Classifier
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


@pytest.mark.parametrize(
    "settings, keeps",
    [({}, True), ({"pooling": "avg"}, False), ({"num_blocks": 2}, False)],
)
def test_a_head_is_taken_if_it_is_of_the_kind(
    small, tmp_path, images, settings, keeps
):
    backbone = VisionTransformer((16, 16, 3), **small.settings())
    model = Classifier(backbone, ("a", "b"), **settings)
    kernel = np.random.default_rng(0).normal(
        size=model.predictions.kernel.shape
    )
    model.predictions.kernel.assign(kernel)
    model.save_to_preset(tmp_path / "model", PREPARE)
    again = constructor(small)(True, tmp_path, None, (16, 16, 3), classes=2)
    found = ops.convert_to_numpy(again(images))
    if keeps:
        expected = ops.convert_to_numpy(load_classifier(tmp_path)(images))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    kept = ops.convert_to_numpy(again.get_layer("predictions").kernel)
    assert np.allclose(kept, kernel[: len(kept)]) == keeps


def test_a_preset_without_a_head_is_no_classifier(preset):
    with pytest.raises(InputError, match="^classifier: expected the run fold"):
        load_classifier(preset[1])
