import keras
import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_attmask.layers import SelfAttention


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def by_definition(layer, x):
    """Output and full attention map, head by head."""
    kernel, bias = (
        ops.convert_to_numpy(v) for v in (layer.qkv.kernel, layer.qkv.bias)
    )
    dim = x.shape[-1]
    size = dim // layer.num_heads
    q, k, v = np.split(x @ kernel + bias, 3, axis=-1)
    parts, maps = [], []
    for first in range(0, dim, size):
        cut = slice(first, first + size)
        logits = q[..., cut] @ k[..., cut].transpose(0, 2, 1)
        maps.append(softmax(logits / np.sqrt(size)))
        parts.append(maps[-1] @ v[..., cut])
    y = np.concatenate(parts, axis=-1)
    y = y @ ops.convert_to_numpy(layer.projection.kernel)
    y = y + ops.convert_to_numpy(layer.projection.bias)
    return y, np.stack(maps, axis=1)


def make(num_heads=3, dim=12, **settings):
    layer = SelfAttention(num_heads, **settings)
    layer.build((None, 5, dim))
    random = np.random.default_rng(0)
    for variable in layer.trainable_variables:
        variable.assign(random.normal(size=variable.shape) * 0.4)
    x = random.normal(size=(2, 5, dim)).astype("float32")
    return layer, x


@pytest.mark.parametrize("num_heads", [1, 3])
def test_agrees_with_the_definition(num_heads):
    layer, x = make(num_heads)
    wanted, maps = by_definition(layer, x)
    found, row = layer(x, return_class_attention=True)
    assert row.shape == (2, num_heads, 5)
    for a, b in ((found, wanted), (row, maps[:, :, 0]), (layer(x), wanted)):
        np.testing.assert_allclose(
            ops.convert_to_numpy(a), b, rtol=0, atol=1e-5
        )


def test_class_row_by_hand():
    # One head of width 1: query of the class token ln 2, keys 0, 1, 2.
    layer = SelfAttention(1)
    layer.build((None, 3, 1))
    layer.qkv.kernel.assign([[0.0, 1.0, 1.0]])
    layer.qkv.bias.assign([np.log(2.0), 0.0, 0.0])
    layer.projection.kernel.assign([[1.0]])
    x = np.array([[[0.0], [1.0], [2.0]]], "float32")
    y, row = layer(x, return_class_attention=True)
    assert ops.convert_to_numpy(row)[0, 0] == pytest.approx(
        [1 / 7, 2 / 7, 4 / 7], abs=1e-6
    )
    # The value is the token: 0/7 + 2/7 + 8/7.
    assert ops.convert_to_numpy(y)[0, 0, 0] == pytest.approx(10 / 7, abs=1e-6)


@pytest.mark.parametrize("compute", ["bfloat16", "float16"])
def test_class_row_is_float32_in_mixed_precision(compute):
    layer, x = make(dtype=f"mixed_{compute}")
    y, row = layer(x, return_class_attention=True)
    assert keras.backend.standardize_dtype(y.dtype) == compute
    assert keras.backend.standardize_dtype(row.dtype) == "float32"
    sums = ops.convert_to_numpy(ops.sum(row, axis=-1))
    np.testing.assert_allclose(sums, 1.0, rtol=0, atol=1e-6)


def test_large_logits_do_not_overflow():
    layer, x = make(dtype="mixed_float16")
    y, row = layer(x * 60.0, return_class_attention=True)
    for value in (y, row):
        value = ops.convert_to_numpy(ops.cast(value, "float32"))
        assert np.isfinite(value).all()


def test_every_token_sees_every_token():
    layer, x = make()
    found = gradient(lambda x: ops.sum(layer(x)[:1, 0]), x)
    assert (np.abs(found[0]).max(axis=-1) > 1e-4).all()
    assert not found[1].any()  # but not another image's


def test_heads_must_divide_the_width():
    with pytest.raises(ValueError, match="`num_heads` .* of 12, got 5"):
        SelfAttention(5).build((None, 4, 12))


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_the_class_token_alone_gets_what_it_gets_among_all(dtype):
    layer = SelfAttention(3, dtype=dtype)
    layer.build((None, 5, 12))
    generator = np.random.default_rng(1)
    layer.set_weights([generator.normal(size=v.shape) for v in layer.weights])
    x = generator.normal(size=(2, 5, 12)).astype("float32")
    alone, row = layer(x, return_class_attention=True, class_only=True)
    among, wanted = layer(x, return_class_attention=True)
    assert alone.shape == (2, 1, 12)
    tolerance = 1e-5 if dtype == "float32" else 0.2
    pairs = [(alone, among[:, :1]), (row, wanted)]
    for one, two in pairs:
        one, two = (
            ops.convert_to_numpy(ops.cast(t, "float32")) for t in (one, two)
        )
        np.testing.assert_allclose(one, two, rtol=0, atol=tolerance)
