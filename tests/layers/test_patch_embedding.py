import numpy as np
import pytest
from keras import ops

from keras_attmask.layers import PatchEmbedding


def test_tokens_are_row_major_sums_over_patches():
    # All-ones kernel: the token is the patch's sum; column 1 of the kernel
    # sees only the patch's top right pixel.
    layer = PatchEmbedding(2, 2)
    layer.build((None, 4, 6, 1))
    kernel = np.zeros((2, 2, 1, 2))
    kernel[..., 0] = 1.0
    kernel[0, 1, 0, 1] = 1.0
    layer.kernel.assign(kernel)
    layer.bias.assign([0.0, 100.0])
    image = np.arange(24.0).reshape(1, 4, 6, 1).astype("float32")
    # Patch (0, 0) holds 0, 1, 6, 7; patch (1, 2) holds 16, 17, 22, 23.
    found = ops.convert_to_numpy(layer(image))
    assert found.shape == (1, 6, 2)
    assert found[0].tolist() == [
        [14, 101],
        [22, 103],
        [30, 105],
        [62, 113],
        [70, 115],
        [78, 117],
    ]


def test_is_a_convolution_with_stride_patch_size():
    layer = PatchEmbedding(5, 4)
    images = np.random.default_rng(0).normal(size=(2, 8, 12, 3))
    images = images.astype("float32")
    tokens = ops.convert_to_numpy(layer(images))
    convolved = ops.conv(images, layer.kernel, strides=4) + layer.bias
    np.testing.assert_allclose(
        tokens.reshape(2, 2, 3, 5),
        ops.convert_to_numpy(convolved),
        rtol=0,
        atol=1e-5,
    )


def test_starts_uniform_within_one_over_root_fan_in():
    layer = PatchEmbedding(96, 16)
    layer.build((None, 32, 32, 3))
    bound = 1 / np.sqrt(768)  # 0.036084
    for variable in (layer.kernel, layer.bias):
        values = ops.convert_to_numpy(variable)
        assert 0.95 * bound < np.abs(values).max() <= bound
    deviation = ops.convert_to_numpy(layer.kernel).std()
    assert abs(deviation / (bound / np.sqrt(3)) - 1) < 0.01


@pytest.mark.parametrize("shape", [(30, 32, 3), (32, 30, 3), (None, 32, 3)])
def test_patch_must_divide_the_image(shape):
    expected = f"`patch_size` .* multiples of 16, got {shape[0]}x{shape[1]}"
    with pytest.raises(ValueError, match=expected):
        PatchEmbedding(8, 16).grid(shape)
    assert PatchEmbedding(8, 16).grid((32, 48, 3)) == (2, 3)
