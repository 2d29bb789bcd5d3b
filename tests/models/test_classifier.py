import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.models.pooled import pooled
from keras_attmask.models.preset_reader import preset_of
from keras_attmask.seeding import seed_all

SHAPE = (8, 8, 3)
PREPROCESSING = Preprocessing(SHAPE, (0.5,) * 3, (0.2,) * 3, 0.9)
IMAGES = np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")


def backbone(**settings):
    seed_all(0)
    return VisionTransformer(SHAPE, 4, 2, 2, 16, **settings)


def classifier(**settings):
    model = Classifier(backbone(), ("a", "b", "c"), **settings)
    random = np.random.default_rng(1)
    for variable in model.predictions.trainable_variables:
        variable.assign(random.normal(size=variable.shape))
    return model


def answers(model, images=IMAGES, **options):
    return ops.convert_to_numpy(model(images, **options))


def test_pooled_features_are_those_of_the_tokens():
    network = backbone()
    outputs = ("class_token", "patch_tokens", "block_tokens")
    tokens = network(IMAGES, outputs=outputs, num_blocks=2)
    found = {
        (pooling, count): ops.convert_to_numpy(
            pooled(network, IMAGES, pooling, count)
        )
        for pooling in ("token", "avg", "token+avg")
        for count in (1, 2)
    }
    token, patches = (
        ops.convert_to_numpy(tokens[name]) for name in outputs[:2]
    )
    blocks = [ops.convert_to_numpy(x) for x in tokens["block_tokens"]]
    expected = {
        ("token", 1): [token],
        ("avg", 1): [patches.mean(1)],
        ("token+avg", 1): [token, patches.mean(1)],
        ("token", 2): [x[:, 0] for x in blocks],
        ("avg", 2): [x[:, 1:].mean(1) for x in blocks],
        ("token+avg", 2): [
            part for x in blocks for part in (x[:, 0], x[:, 1:].mean(1))
        ],
    }
    assert found.keys() == expected.keys()
    for key, parts in expected.items():
        np.testing.assert_allclose(
            found[key], np.concatenate(parts, -1), atol=1e-5
        )


def test_a_fresh_head_prefers_nothing():
    model = Classifier(backbone(), ("a", "b", "c", "d"))
    np.testing.assert_allclose(answers(model), 0.25)


def test_activations():
    logits = ops.convert_to_numpy(classifier().logits(IMAGES))
    exponents = np.exp(logits)
    np.testing.assert_allclose(
        answers(classifier()), exponents / exponents.sum(1, keepdims=True), 1e-4
    )
    np.testing.assert_allclose(
        answers(classifier(activation="sigmoid")), 1 / (1 + 1 / exponents), 1e-4
    )
    plain = classifier(activation=None)
    np.testing.assert_allclose(answers(plain), logits, rtol=1e-4, atol=1e-6)
    units = classifier(activation=None, offset=(1, 2, 3), scale=(10, 1, 0.1))
    np.testing.assert_allclose(
        answers(units), logits * [10, 1, 0.1] + [1, 2, 3], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("pooling, count", [("token", 1), ("token+avg", 2)])
def test_it_comes_back_from_a_file(tmp_path, pooling, count):
    settings = dict(pooling=pooling, num_blocks=count, activation=None)
    model = classifier(**settings, offset=(1, 2, 3), scale=(1, 2, 3))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.get_config() == model.get_config()
    assert again.names == ("a", "b", "c") and again.image_shape == SHAPE
    np.testing.assert_allclose(answers(again), answers(model), atol=1e-6)


def test_it_stands_in_a_functional_model():
    model = classifier()
    images = keras.Input(SHAPE)
    outer = keras.Model(images, model(images))
    assert outer.output_shape == (None, 3)
    assert backbone_of(outer) is model.backbone
    np.testing.assert_allclose(answers(outer), answers(model), atol=1e-6)


def test_it_answers_in_float32_under_a_mixed_policy():
    model = Classifier(backbone(dtype="mixed_bfloat16"), ("a", "b"))
    assert model.compute_dtype == "bfloat16"
    assert keras.backend.standardize_dtype(model(IMAGES).dtype) == "float32"


def test_a_preset_holds_backbone_and_head(tmp_path):
    model, folder = classifier(pooling="avg"), tmp_path / "preset"
    model.save_to_preset(folder, PREPROCESSING)
    (folder / ".DS_Store").write_bytes(b"of a desktop")
    model.save_to_preset(folder, PREPROCESSING)  # replaced as a whole
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "metadata.json",
        "model.weights.h5",
        "preprocessor.json",
        "task.json",
        "task.weights.h5",
    }
    again = Classifier.from_preset(folder)
    np.testing.assert_allclose(answers(again), answers(model), atol=1e-6)
    # It is one of the backbone, too.
    bare = VisionTransformer.from_preset(folder)
    np.testing.assert_allclose(
        ops.convert_to_numpy(bare(IMAGES)["class_token"]),
        ops.convert_to_numpy(model.backbone(IMAGES)["class_token"]),
        atol=1e-6,
    )
    assert preset_of(folder) == folder and preset_of(tmp_path) is None


def test_int8_comes_back_from_a_file(tmp_path):
    model = classifier()
    expected = answers(model)
    model.quantize("int8")
    found = answers(model)
    np.testing.assert_allclose(found, expected, atol=0.1)
    model.save(tmp_path / "int8.keras")
    model.save_to_preset(tmp_path / "preset", PREPROCESSING)
    again = keras.models.load_model(tmp_path / "int8.keras")
    for network in (again, Classifier.from_preset(tmp_path / "preset")):
        np.testing.assert_allclose(answers(network), found, atol=1e-5)
    assert again.backbone.blocks[0].mlp.expand.quantization_mode == "int8"


def test_a_broken_head_is_named(tmp_path):
    classifier().save_to_preset(tmp_path / "preset", PREPROCESSING)
    (tmp_path / "preset" / "task.weights.h5").write_bytes(b"no file")
    with pytest.raises(InputError, match="part of a preset in .*task.weights"):
        Classifier.from_preset(tmp_path / "preset")
    backbone().save_to_preset(tmp_path / "bare", PREPROCESSING)
    with pytest.raises(InputError, match="without task.json"):
        Classifier.from_preset(tmp_path / "bare")
    task = tmp_path / "preset" / "task.json"
    task.write_text(json.dumps({"registered_name": "other"}))
    with pytest.raises(InputError, match="keras_attmask>Classifier .*'other'"):
        Classifier.from_preset(tmp_path / "preset")


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"pooling": "max"}, "pooling: expected one of token, avg, token.avg"),
        ({"num_blocks": 3}, "num_blocks: expected 1 to 2"),
        ({"names": ()}, "names: expected"),
        ({"names": ("a", "a")}, "names: expected"),
    ],
)
def test_mistakes_are_named(settings, words):
    with pytest.raises(InputError, match=f"^{words}"):
        Classifier(backbone(), **{"names": ("a", "b"), **settings})
