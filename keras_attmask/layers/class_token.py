"""Learned tokens put in front of the patches."""

import keras
from keras import ops

from keras_attmask.initializers import Normal


@keras.saving.register_keras_serializable(package="keras_attmask")
class ClassToken(keras.layers.Layer):
    """Learned tokens, repeated for each image of a batch.

    One token is the class token; several are registers ("Vision
    Transformers Need Registers", Darcet et al., arXiv 2309.16588).

    Args:
        num_tokens: how many.

    Call arguments:
        x: `(B, N, D)`; only its batch size is used.

    Returns:
        `(B, num_tokens, D)`.
    """

    def __init__(self, num_tokens=1, **kwargs):
        super().__init__(**kwargs)
        self.num_tokens = num_tokens

    def build(self, input_shape):
        self.token = self.add_weight(
            name="token",
            shape=(1, self.num_tokens, input_shape[-1]),
            initializer=Normal(stddev=0.02),
        )

    def call(self, x):
        batch = ops.shape(x)[0]
        return ops.tile(ops.convert_to_tensor(self.token), (batch, 1, 1))
