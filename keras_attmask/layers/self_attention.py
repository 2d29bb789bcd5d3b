"""Multi-head self-attention with the class token's attention on request."""

import keras
from keras import ops

from keras_attmask.layers.dense import Dense


@keras.saving.register_keras_serializable(package="keras_attmask")
class SelfAttention(keras.layers.Layer):
    """Fused multi-head self-attention.

    Queries, keys and values come from one product; the attention itself is
    `keras.ops.dot_product_attention`, which a backend may fuse. AttMask
    needs one row of the attention map only, that of the class token: it is
    computed beside the fused kernel, in O(N).

    Args:
        num_heads: number of heads H; must divide the width D.

    Call arguments:
        x: `(B, T, D)`, class token first.
        return_class_attention: also return the class token's row.

    Returns:
        `(B, T, D)`, or a pair of it and the softmax attention from the class
        token to every token, float32 `(B, H, T)`.

    Raises:
        ValueError: when H does not divide D.
    """

    def __init__(self, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, input_shape):
        dim = input_shape[-1]
        if dim % self.num_heads:
            raise ValueError(
                f"`num_heads` must divide the width: expected a divisor of "
                f"{dim}, got {self.num_heads}."
            )
        normal = keras.initializers.RandomNormal(stddev=0.02)
        self.qkv = Dense(
            3 * dim,
            kernel_initializer=normal,
            name="qkv",
            dtype=self.dtype_policy,
        )
        self.projection = Dense(
            dim,
            kernel_initializer=normal.clone(),
            name="projection",
            dtype=self.dtype_policy,
        )
        self.qkv.build(input_shape)
        self.projection.build(input_shape)

    def _class_row(self, query, key):
        query = ops.cast(query[:, 0], "float32")  # (B, H, d)
        key = ops.cast(key, "float32")
        logits = ops.einsum("bhd,bthd->bht", query, key)
        return ops.softmax(logits * query.shape[-1] ** -0.5, axis=-1)

    def call(self, x, return_class_attention=False):
        tokens, dim = x.shape[1:]
        head_dim = dim // self.num_heads
        qkv = ops.reshape(
            self.qkv(x), (-1, tokens, 3, self.num_heads, head_dim)
        )
        query, key, value = ops.unstack(qkv, axis=2)
        y = ops.dot_product_attention(query, key, value)  # (B, T, H, d)
        y = self.projection(ops.reshape(y, (-1, tokens, dim)))
        if return_class_attention:
            return y, self._class_row(query, key)
        return y
