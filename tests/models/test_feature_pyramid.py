import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer
from keras_attmask.models import feature_pyramid
from keras_attmask.models.feature_pyramid import FeaturePyramid
from keras_attmask.one_program import call_as_one


def small(**settings):
    """A backbone of other images than the pyramid is tried on."""
    return VisionTransformer((16, 16, 3), 8, 2, 3, 12, **settings)


def images(height=32, width=48):
    random = np.random.default_rng(0)
    return random.normal(size=(2, height, width, 3)).astype("float32")


def arrays(model, pixels):
    found = call_as_one(model, pixels, training=False)
    return {n: ops.convert_to_numpy(v) for n, v in found.items()}


def up_to(pyramid, layer):
    """What a layer of the pyramid says, by its name."""
    part = keras.Model(pyramid.input, {"x": pyramid.get_layer(layer).output})
    return arrays(part, images())["x"]


def test_levels_have_their_scales_and_width():
    pyramid = feature_pyramid(small(), width=5)
    found = arrays(pyramid, images())
    assert {n: v.shape for n, v in found.items()} == {
        "P2": (2, 16, 24, 5),
        "P3": (2, 8, 12, 5),
        "P4": (2, 4, 6, 5),
        "P5": (2, 2, 3, 5),
    }
    assert pyramid.strides == {"P2": 2.0, "P3": 4.0, "P4": 8.0, "P5": 16.0}


def test_strides_of_the_usual_patch_are_those_of_detectors():
    pyramid = feature_pyramid(VisionTransformer((32, 32, 3), 16, 1, 1, 4))
    assert pyramid.strides == {"P2": 4, "P3": 8, "P4": 16, "P5": 32}
    assert pyramid.output["P4"].shape == (None, None, None, 256)


def test_an_odd_row_of_patches_is_not_lost():
    pyramid = feature_pyramid(small(), ["P5", "P4"], width=5)
    found = arrays(pyramid, images(24, 8))
    assert list(pyramid.output) == ["P5", "P4"]
    assert found["P4"].shape == (2, 3, 1, 5)
    assert found["P5"].shape == (2, 2, 1, 5)


def normed(x, layer):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    gamma, beta = (ops.convert_to_numpy(w) for w in layer.weights)
    return (x - mean) / np.sqrt(variance + 1e-6) * gamma + beta


def test_a_level_is_two_convolutions_with_their_norms():
    pyramid = feature_pyramid(small(), ["P4"], width=5)
    for name in ("p4_1x1_norm", "P4"):  # so that gain and offset count
        layer = pyramid.get_layer(name)
        layer.gamma.assign(np.linspace(0.5, 2.0, 5))
        layer.beta.assign(np.linspace(-1.0, 1.0, 5))
    x = up_to(pyramid, "patch_map")  # (2, 4, 6, 12)
    one, three = (
        ops.convert_to_numpy(pyramid.get_layer(name).kernel)
        for name in ("p4_1x1", "p4_3x3")
    )
    x = normed(x @ one[0, 0], pyramid.get_layer("p4_1x1_norm"))
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    x = sum(
        padded[:, i : i + 4, j : j + 6] @ three[i, j]
        for i in range(3)
        for j in range(3)
    )
    expected = normed(x, pyramid.get_layer("P4"))
    found = arrays(pyramid, images())["P4"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_maps_are_doubled_and_halved_as_the_paper_says():
    pyramid = feature_pyramid(small(), width=5)
    x = up_to(pyramid, "patch_map")
    halved = x.reshape(2, 2, 2, 3, 2, 12).max(axis=(2, 4))
    np.testing.assert_array_equal(up_to(pyramid, "p5_pool"), halved)
    layer = pyramid.get_layer("p3_double")
    kernel = ops.convert_to_numpy(layer.kernel)  # (2, 2, out, in)
    doubled = np.einsum("byxi,tsoi->bytxso", x, kernel).reshape(2, 8, 12, 6)
    np.testing.assert_allclose(
        up_to(pyramid, "p3_double"), doubled, rtol=0, atol=1e-5
    )
    assert up_to(pyramid, "p2_double_1").shape == (2, 8, 12, 6)
    assert up_to(pyramid, "p2_double_2").shape == (2, 16, 24, 3)


def test_the_map_is_that_of_the_patch_tokens():
    backbone = small()
    tokens = arrays(backbone, images())["patch_tokens"]
    found = up_to(feature_pyramid(backbone, ["P4"]), "patch_map")
    np.testing.assert_allclose(
        found, tokens.reshape(2, 4, 6, 12), rtol=0, atol=1e-6
    )


def test_the_backbone_is_shared_and_can_be_frozen():
    backbone = small()
    pyramid = feature_pyramid(backbone, width=5)
    assert pyramid.backbone is backbone
    before = arrays(pyramid, images())["P3"]
    count = len(pyramid.trainable_variables)
    backbone.trainable = False
    assert count - len(pyramid.trainable_variables) == len(backbone.weights)
    kernel = backbone.patch_embedding.kernel
    kernel.assign(2.0 * kernel)
    assert np.abs(arrays(pyramid, images())["P3"] - before).max() > 1e-3


def test_every_weight_gets_a_gradient():
    pyramid = feature_pyramid(small(), width=5)
    pixels = ops.convert_to_tensor(images(16, 16))

    def loss():
        return sum(ops.sum(x**3) for x in pyramid(pixels).values())

    variables = pyramid.trainable_variables
    for variable, found in zip(variables, gradients(loss, variables)):
        assert np.abs(found).max() > 0.0, variable.path


def test_it_comes_back_from_its_config_and_from_a_file(tmp_path):
    pyramid = feature_pyramid(small(), ("P3", "P4"), 5, "mine")
    pyramid.save(tmp_path / "a.keras")
    found = arrays(pyramid, images())
    twin = keras.saving.load_model(tmp_path / "a.keras")
    assert type(twin) is FeaturePyramid and twin.name == "mine"
    assert twin.get_config() == pyramid.get_config()
    assert twin.pyramid_level_inputs == {"P3": "P3", "P4": "P4"}
    for name, values in arrays(twin, images()).items():
        np.testing.assert_allclose(values, found[name], rtol=0, atol=1e-6)
    other = FeaturePyramid.from_config(pyramid.get_config())
    assert other.backbone is not pyramid.backbone
    pyramid.save_weights(tmp_path / "a.weights.h5")
    other.load_weights(tmp_path / "a.weights.h5")
    for name, values in arrays(other, images()).items():
        np.testing.assert_allclose(values, found[name], rtol=0, atol=1e-6)


def test_it_computes_in_the_precision_of_its_backbone():
    pyramid = feature_pyramid(small(dtype="mixed_bfloat16"), width=5)
    for values in pyramid(images()).values():
        assert keras.backend.standardize_dtype(values.dtype) == "bfloat16"
        finite = ops.isfinite(ops.cast(values, "float32"))
        assert ops.convert_to_numpy(finite).all()
    assert {v.dtype for v in pyramid.trainable_variables} == {"float32"}


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"backbone": keras.Sequential()}, "backbone: .* got Sequential"),
        ({"levels": ("P3", "P6")}, "levels: .* got 'P6'"),
        ({"levels": ()}, r"levels: .* got \(\)"),
        ({"levels": "P3"}, "levels: .* got 'P3'"),
        ({"levels": ["P3", "P3"]}, "levels: .* once, got"),
        ({"width": 0}, "width: .* got 0"),
        ({"width": 2.5}, "width: .* got 2.5"),
    ],
)
def test_mistakes_are_one_line(arguments, words):
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        feature_pyramid(**{"backbone": small(), **arguments})


def test_a_patch_that_does_not_divide_the_image_is_named():
    pyramid = feature_pyramid(small(), width=5)
    with pytest.raises(ValueError, match="`patch_size` .* got 20x48"):
        pyramid(images(20))
