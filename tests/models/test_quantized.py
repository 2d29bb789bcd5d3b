import dataclasses
import json

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import architectures
from keras_attmask.applications import load_backbone
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.convert import save_checkpoint
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.export import export_litert
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import call_as_one

# What Keras says of every layer that has no product in it.
pytestmark = pytest.mark.filterwarnings("ignore:.*`quantize` method")

SHAPE = (16, 24, 3)
OUTPUTS = ("class_token", "patch_tokens", "class_attention")
TINY = dataclasses.replace(
    architectures.SMALL_14, patch_size=8, num_layers=2, hidden_dim=48
)


def make(**changes):
    # Three blocks: JAX takes all but the last as one loop.
    settings = {"num_registers": 1, "layer_scale": 1.0, **changes}
    return VisionTransformer(SHAPE, 8, 3, 2, 32, **settings)


def images(count=4):
    random = np.random.default_rng(0)
    return random.normal(size=(count, *SHAPE)).astype("float32")


def answers(model, outputs=OUTPUTS):
    found = call_as_one(model, images(), outputs=outputs, training=False)
    return {n: ops.convert_to_numpy(found[n]) for n in outputs}


def least_cosine(one, other):
    one, other = (x.reshape(len(x), -1).astype("float64") for x in (one, other))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (np.sum(one * other, axis=1) / lengths).min()


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_int8_says_nearly_what_floats_say(dtype):
    backbone = make(dtype=dtype)
    before = answers(backbone)
    backbone.quantize("int8")
    after = answers(backbone)
    for name in OUTPUTS:
        assert 0.99 < least_cosine(before[name], after[name]) < 1 - 1e-12
    kinds = {v.dtype for v in backbone.weights if v.name == "kernel"}
    assert kinds == {"int8", "float32"}  # the patch embedding stays


def test_the_class_token_alone_is_that_beside_the_others():
    backbone = make()
    backbone.quantize("int8")
    for outputs in (OUTPUTS[:1], OUTPUTS[::2]):
        alone, all_of_them = answers(backbone, outputs), answers(backbone)
        same(alone, {name: all_of_them[name] for name in outputs})


def test_it_comes_back_from_every_kind_of_file(tmp_path):
    backbone = make(num_registers=0)
    backbone.quantize("int8")
    expected = answers(backbone)
    backbone.save(tmp_path / "backbone.keras")
    backbone.save_weights(tmp_path / "backbone.weights.h5")
    backbone.save_to_preset(tmp_path / "preset")
    twin = make(num_registers=0)
    twin.quantize("int8")
    twin.load_weights(tmp_path / "backbone.weights.h5")
    for model in (
        keras.models.load_model(tmp_path / "backbone.keras"),
        load_backbone(tmp_path / "backbone.keras"),
        VisionTransformer.from_preset(tmp_path / "preset"),
        twin,
    ):
        same(answers(model), expected)
        assert model.get_config().keys() == backbone.get_config().keys()


def test_a_choice_of_layers_and_of_rounding_is_remembered():
    backbone = make()
    config = keras.quantizers.Int8QuantizationConfig(activation_quantizer=None)
    backbone.quantize(config=config, filters="contract")
    assert backbone.blocks[0].mlp.contract.inputs_quantizer is None
    config = json.loads(json.dumps(backbone.get_config()))
    twin = VisionTransformer.from_config({**config, "name": "other"})
    modes = [layer.quantization_mode for layer in twin._flatten_layers()]
    assert modes.count("int8") == 3
    assert twin.blocks[2].mlp.contract.inputs_quantizer is None
    shapes = [(v.shape, v.dtype) for v in backbone.weights]
    assert [(v.shape, v.dtype) for v in twin.weights] == shapes
    assert "quantized" not in make().get_config()


def test_a_model_of_applications(tmp_path):
    model = constructor(TINY)(input_shape=SHAPE, classes=5)
    before = ops.convert_to_numpy(model(images()))
    model.quantize("int8")
    after = ops.convert_to_numpy(model(images()))
    assert least_cosine(before, after) > 0.99
    path = tmp_path / "model.keras"
    model.save(path)
    twin = keras.models.load_model(path)
    found = ops.convert_to_numpy(twin(images()))
    np.testing.assert_allclose(found, after, rtol=0, atol=1e-6)
    with pytest.raises(InputError, match="expected those of a float network"):
        constructor(TINY)(input_shape=SHAPE, classes=5, weights=path)


def classifier_on(backbone):
    pixels = keras.Input(SHAPE)
    scores = keras.layers.Dense(3)(backbone(pixels)["class_token"])
    model = keras.Model(pixels, scores)
    model.compile("sgd", "mse", jit_compile=False)
    return model


def test_a_head_is_trained_on_it_and_itself_is_not():
    backbone = make()
    backbone.quantize("int8")
    model, targets = classifier_on(backbone), np.ones((4, 3))
    with pytest.raises(InputError, match="^[^\n]*weights that can be trained"):
        model(images(), training=True)
    backbone.trainable = False
    before = backbone.get_weights()
    model = classifier_on(backbone)
    losses = [model.train_on_batch(images(), targets) for _ in range(2)]
    assert losses[1] < losses[0]
    for old, new in zip(before, backbone.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_what_needs_floats_says_so(tmp_path):
    backbone = make()
    backbone.quantize("int8")
    with pytest.raises(ValueError, match="is already quantized"):
        backbone.quantize("int8")
    with pytest.raises(InputError, match="expected those of a float network"):
        save_checkpoint(backbone, tmp_path / "x.safetensors")
    prepare = Preprocessing(SHAPE, (0.5,) * 3, (0.5,) * 3)
    with pytest.raises(InputError, match="expected those of a float network"):
        export_litert(backbone, prepare, tmp_path / "x.tflite")
    assert list(tmp_path.iterdir()) == []
