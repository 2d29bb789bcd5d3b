"""The attention product, by the fastest road that a backend has."""

import keras
from keras import ops

from keras_attmask.processor import compiles_for_cpu
from keras_attmask.processor import on_eager_cpu

# Tokens; beyond, the map of all pairs costs more than it saves.
_SHORT, _SHORT_HALF = 64, 256


def attend(query, key, value):
    """softmax(q k / sqrt(d)) v for each head.

    `keras.ops.dot_product_attention`, but for short sequences on PyTorch and
    a CPU, where two plain products and a softmax (which PyTorch does in
    float32 inside) are faster: for a few dozen tokens by a tenth, and in
    bfloat16, whose fused kernel takes up to eight times as long backwards,
    for some hundred; and in float16 on JAX and a CPU, where that
    function refuses.

    Args:
        query: `(B, Q, H, d)`.
        key: `(B, T, H, d)`.
        value: `(B, T, H, d)`.

    Returns:
        `(B, Q, H, d)`.
    """
    if not _plainly(query, key):
        return ops.dot_product_attention(query, key, value)
    scale = query.shape[-1] ** -0.5
    query, key, value = (
        ops.transpose(x, (0, 2, 1, 3)) for x in (query, key, value)
    )
    weights = ops.matmul(query * scale, ops.transpose(key, (0, 1, 3, 2)))
    return ops.transpose(ops.matmul(_softmax(weights), value), (0, 2, 1, 3))


def _plainly(query, key):
    dtype = keras.backend.standardize_dtype(query.dtype)
    if on_eager_cpu(query):
        return key.shape[1] <= (_SHORT if dtype == "float32" else _SHORT_HALF)
    return (
        dtype == "float16"
        and keras.backend.backend() == "jax"
        and compiles_for_cpu()
    )


def _softmax(weights):
    if on_eager_cpu(weights):
        return weights.softmax(-1)  # in float32 inside
    wide = ops.softmax(ops.cast(weights, "float32"), axis=-1)
    return ops.cast(wide, weights.dtype)
