"""Exports of networks with a head."""

import json

import keras
import numpy as np
import pytest
from keras import ops
from one_signature import PREPROCESSING
from one_signature import SHAPE
from one_signature import needs
from one_signature import small_backbone

from keras_attmask.errors import InputError
from keras_attmask.export import check_signature
from keras_attmask.export import export_onnx
from keras_attmask.export import export_saved_model
from keras_attmask.export.precision import float32_twin
from keras_attmask.export.signatures import signatures_of
from keras_attmask.models import Classifier

IMAGES = np.random.default_rng(0).integers(0, 256, (3, *SHAPE), "uint8")


def with_head(**settings):
    model = Classifier(small_backbone(), ("a", "b", "c"), **settings)
    random = np.random.default_rng(1)
    kernel = model.predictions.kernel
    kernel.assign(random.normal(size=kernel.shape))
    return model


def functional():
    """What a user builds: any layers behind the tokens."""
    backbone, images = small_backbone(), keras.Input(SHAPE)
    mean = keras.layers.GlobalAveragePooling1D()(
        backbone(images)["patch_tokens"]
    )
    return keras.Model(images, keras.layers.Dense(2, "sigmoid")(mean))


def test_a_backbone_alone_has_no_such_signature():
    assert "classifier" not in signatures_of(small_backbone())
    assert signatures_of(functional())["classifier"] == ("scores",)
    with pytest.raises(InputError, match="tokens, attention, got 'classif.*he"):
        check_signature("classifier", small_backbone())
    with pytest.raises(InputError, match="attention, classifier, got 'words'$"):
        check_signature("words", with_head())


def test_a_head_is_served_in_full_precision():
    twin = float32_twin(with_head(dtype="float32"))
    assert twin.compute_dtype == "float32"
    backbone = small_backbone()
    config = {**backbone.get_config(), "dtype": "mixed_bfloat16"}
    low = Classifier(type(backbone).from_config(config), ("a", "b"))
    twin = float32_twin(low)
    assert twin.compute_dtype == twin.backbone.compute_dtype == "float32"
    for old, new in zip(low.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(old, new)


@needs("onnxruntime", "tf2onnx")
@pytest.mark.parametrize(
    "settings",
    [
        {
            "pooling": "token+avg",
            "num_blocks": 2,
            "activation": None,
            "offset": (0.0, 1e4, 0.0),
            "scale": (1.0, 2e4, 1.0),
        }
    ],
    ids=["in units"],
)
def test_an_onnx_file_answers_with_scores(tmp_path, settings):
    import onnxruntime

    model, path = with_head(**settings), str(tmp_path / "model.onnx")
    difference = export_onnx(model, PREPROCESSING, path, signature="classifier")
    assert difference <= 1e-5  # of scores in ten thousands, in parts of them
    record = json.loads((tmp_path / "model.onnx.json").read_text())
    assert record["names"] == ["a", "b", "c"] and record["activation"] is None
    session = onnxruntime.InferenceSession(path)
    (found,) = session.run(["scores"], {"images": IMAGES})
    live = ops.convert_to_numpy(model(PREPROCESSING(IMAGES)))
    np.testing.assert_allclose(found, live, rtol=1e-4, atol=1)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="its other signatures are written from all backends",
)
def test_a_saved_model_answers_with_scores(tmp_path):
    import tensorflow as tf

    target = tmp_path / "saved"
    export_saved_model(
        functional(), PREPROCESSING, target, signature="classifier"
    )
    record = json.loads((target / "export.json").read_text())
    assert set(record["signatures"]) == {
        "serving_default",
        "features",
        "tokens",
        "attention",
        "classifier",
    }
    assert record["signatures"]["serving_default"] == {"scores": [None, 2]}
    loaded = tf.saved_model.load(target)
    found = loaded.signatures["serving_default"](images=tf.constant(IMAGES))
    assert found["scores"].shape == (3, 2)
