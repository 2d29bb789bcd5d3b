"""Multi-head self-attention with the class token's attention on request."""

import keras
from keras import ops

from keras_attmask.initializers import Normal
from keras_attmask.layers.attend import attend
from keras_attmask.layers.dense import Dense
from keras_attmask.layers.product import product


@keras.saving.register_keras_serializable(package="keras_attmask")
class SelfAttention(keras.layers.Layer):
    """Fused multi-head self-attention.

    Queries, keys and values come from one product; the attention itself is
    `attend`, which a backend may fuse. AttMask
    needs one row of the attention map only, that of the class token: it is
    computed beside the fused kernel, in O(N).

    Args:
        num_heads: number of heads H; must divide the width D.

    Call arguments:
        x: `(B, T, D)`, class token first.
        return_class_attention: also return the class token's row.
        class_only: let the class token alone look at the others.

    Returns:
        `(B, T, D)`, with `class_only` `(B, 1, D)`; or a pair of it and the
        softmax attention from the class token to every token, float32
        `(B, H, T)`.

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
        normal = Normal(stddev=0.02)
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

    def _queries_alone(self, x):
        """Class query `(B, 1, D)`, keys and values of all `(B, T, 2 D)`."""
        dim = x.shape[-1]
        if self.qkv.quantization_mode:
            y = self.qkv(x)  # a kernel alone says nothing without its scale
            return y[:, :1, :dim], y[:, :, dim:]
        kernel, bias = self.qkv.kernel, self.qkv.bias
        query = product(x[:, :1], kernel[:, :dim], bias[:dim])
        return query, product(x, kernel[:, dim:], bias[dim:])

    def _by_head(self, x, parts):
        """`(B, T, parts D)` -> that many `(B, T, H, d)`."""
        tokens, width = x.shape[1:]
        shape = (parts, self.num_heads, width // parts // self.num_heads)
        return ops.unstack(ops.reshape(x, (-1, tokens, *shape)), axis=2)

    def call(self, x, return_class_attention=False, class_only=False):
        if class_only:
            query, others = self._queries_alone(x)
            (query,) = self._by_head(query, 1)
            key, value = self._by_head(others, 2)
        else:
            query, key, value = self._by_head(self.qkv(x), 3)
        y = attend(query, key, value)  # (B, T or 1, H, d)
        y = self.projection(ops.reshape(y, (-1, y.shape[1], x.shape[-1])))
        if return_class_attention:
            return y, self._class_row(query, key)
        return y
