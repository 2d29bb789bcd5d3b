"""The two-layer perceptron of a transformer block."""

import keras
from keras import ops

from keras_attmask.initializers import Normal
from keras_attmask.layers.dense import Dense
from keras_attmask.recomputed import cheap


def _gelu(x):
    return ops.gelu(x, approximate=False)


@keras.saving.register_keras_serializable(package="keras_attmask")
class MLP(keras.layers.Layer):
    """Dense, exact GELU, Dense.

    Args:
        hidden_dim: width between the two layers.

    Call arguments:
        x: `(..., D)`.

    Returns:
        `(..., D)`.
    """

    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def build(self, input_shape):
        normal = Normal(stddev=0.02)
        self.expand = Dense(
            self.hidden_dim,
            kernel_initializer=normal,
            name="expand",
            dtype=self.dtype_policy,
        )
        self.contract = Dense(
            input_shape[-1],
            kernel_initializer=normal.clone(),
            name="contract",
            dtype=self.dtype_policy,
        )
        self.expand.build(input_shape)
        self.contract.build((*input_shape[:-1], self.hidden_dim))

    def call(self, x):
        return self.contract(cheap(_gelu, self.expand(x)))
