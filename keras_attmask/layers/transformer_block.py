"""One pre-norm transformer block."""

import keras

from keras_attmask.layers.layer_scale import LayerScale
from keras_attmask.layers.mlp import MLP
from keras_attmask.layers.residual import residual
from keras_attmask.layers.self_attention import SelfAttention
from keras_attmask.layers.stochastic_depth import StochasticDepth
from keras_attmask.recomputed import cheap


@keras.saving.register_keras_serializable(package="keras_attmask")
class TransformerBlock(keras.layers.Layer):
    """Attention and perceptron, each behind a norm and a residual sum.

    Args:
        num_heads: number of attention heads.
        mlp_dim: hidden width of the perceptron.
        stochastic_depth_rate: share of samples that skip each branch.
        layer_scale: first value of LayerScale gains; None leaves them out.
        norm_epsilon: epsilon of both norms.
        index: place of the block in its network; tells its random draws
            from those of other blocks.

    Call arguments:
        x: `(B, T, D)`, class token first.
        sample_key: optional int32 `(B,)` for stochastic depth.
        return_class_attention: also return the class token's attention.
        class_only: nobody needs the other tokens after this block.
        training: turns stochastic depth on.
        factors: what `factors` gives, drawn before; None draws them.

    Returns:
        `(B, T, D)`, with `class_only` `(B, 1, D)`; or a pair of it and
        `(B, H, T)`, see `SelfAttention`.
    """

    def __init__(
        self,
        num_heads,
        mlp_dim,
        stochastic_depth_rate=0.0,
        layer_scale=None,
        norm_epsilon=1e-6,
        index=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.mlp_dim = mlp_dim
        self.stochastic_depth_rate = stochastic_depth_rate
        self.layer_scale = layer_scale
        self.norm_epsilon = norm_epsilon
        self.index = index

    def _branch(self, number, layer, shape):
        """The norm before a branch, its gains and its stochastic depth."""
        dtype = self.dtype_policy
        norm = keras.layers.LayerNormalization(
            epsilon=self.norm_epsilon, name=f"norm_{number}", dtype=dtype
        )
        scale = None
        if self.layer_scale is not None:
            scale = LayerScale(
                self.layer_scale, name=f"scale_{number}", dtype=dtype
            )
            scale.build(shape)
        drop = StochasticDepth(
            self.stochastic_depth_rate,
            stream=2 * self.index + number - 1,
            name=f"stochastic_depth_{number}",
            dtype=dtype,
        )
        norm.build(shape)
        drop.build(shape)
        layer.build(shape)
        return norm, scale, drop

    def build(self, input_shape):
        dtype = self.dtype_policy
        self.attention = SelfAttention(
            self.num_heads, name="attention", dtype=dtype
        )
        self.mlp = MLP(self.mlp_dim, name="mlp", dtype=dtype)
        self.norm_1, self.scale_1, self.drop_1 = self._branch(
            1, self.attention, input_shape
        )
        self.norm_2, self.scale_2, self.drop_2 = self._branch(
            2, self.mlp, input_shape
        )

    def factors(self, x, sample_key=None, training=False):
        """What both branches are multiplied by, see `StochasticDepth`."""
        return tuple(
            drop.factors(x, sample_key, training)
            for drop in (self.drop_1, self.drop_2)
        )

    def call(
        self,
        x,
        sample_key=None,
        return_class_attention=False,
        class_only=False,
        training=False,
        factors=None,
    ):
        row = None

        def attention(x):
            nonlocal row
            y = self.attention(
                cheap(self.norm_1, x),
                return_class_attention=return_class_attention,
                class_only=class_only,
            )
            y, row = y if return_class_attention else (y, None)
            return self.scale_1(y) if self.scale_1 else y

        def perceptron(x):
            y = self.mlp(cheap(self.norm_2, x))
            return self.scale_2(y) if self.scale_2 else y

        if factors is None:
            factors = self.factors(x, sample_key, training)
        first, second = factors
        x = residual(x, attention, first, every_sample=return_class_attention)
        x = residual(x, perceptron, second)
        return (x, row) if return_class_attention else x
