"""The attention product, by the fastest road that a backend has."""

from keras import ops

from keras_attmask.processor import on_eager_cpu

_SHORT = 256  # tokens; beyond, the map of all pairs costs more than it saves


def attend(query, key, value):
    """softmax(q k / sqrt(d)) v for each head.

    `keras.ops.dot_product_attention`, but for short sequences on PyTorch and
    a CPU: the backward pass of its fused kernel takes up to eight times as
    long in bfloat16 as two plain products and a softmax (which PyTorch does
    in float32 inside).

    Args:
        query: `(B, Q, H, d)`.
        key: `(B, T, H, d)`.
        value: `(B, T, H, d)`.

    Returns:
        `(B, Q, H, d)`.
    """
    if not on_eager_cpu(query) or key.shape[1] > _SHORT:
        return ops.dot_product_attention(query, key, value)
    scale = query.shape[-1] ** -0.5
    query, key, value = (x.transpose(1, 2) for x in (query, key, value))
    weights = ((query * scale) @ key.transpose(2, 3)).softmax(-1)
    return (weights @ value).transpose(1, 2)
