"""Weight-normalised linear layer whose rows are learned prototypes."""

import math

import keras
from keras import ops

from keras_attmask.initializers import Uniform
from keras_attmask.layers.product import product


def scores(vectors, kernel):
    """Float32 `(..., K)` of unit vectors `(..., D)` and a `kernel`."""
    kernel = ops.cast(kernel, vectors.dtype)
    return ops.cast(product(vectors, kernel), "float32")


@keras.saving.register_keras_serializable(package="keras_attmask")
class Prototypes(keras.layers.Layer):
    """Similarity to K learned directions, each with a gain.

    Column k of the matrix is `gain_k * direction_k / |direction_k|` (weight
    normalisation, arXiv 1602.07868). No bias.

    Args:
        num_prototypes: K.
        trainable_gain: learn the gains; otherwise they stay at 1.

    Call arguments:
        x: unit vectors `(..., D)`.

    Returns:
        float32 logits `(..., K)`.
    """

    def __init__(self, num_prototypes, trainable_gain=True, **kwargs):
        super().__init__(**kwargs)
        self.num_prototypes = num_prototypes
        self.trainable_gain = trainable_gain

    def build(self, input_shape):
        dim = input_shape[-1]
        bound = 1.0 / math.sqrt(dim)
        self.direction = self.add_weight(
            name="direction",
            shape=(dim, self.num_prototypes),
            initializer=Uniform(-bound, bound),
            autocast=False,  # normalise in float32
        )
        # A matrix, not a vector: the method decays the gains as well.
        self.gain = self.add_weight(
            name="gain",
            shape=(1, self.num_prototypes),
            initializer="ones",
            trainable=self.trainable_gain,
            autocast=False,
        )

    def kernel(self):
        """The normalised matrix, float32 `(D, K)`."""
        squares = ops.sum(ops.square(self.direction), axis=0, keepdims=True)
        return self.direction * (self.gain * ops.rsqrt(squares))

    def call(self, x):
        return scores(x, self.kernel())
