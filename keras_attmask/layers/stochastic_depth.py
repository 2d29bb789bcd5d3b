"""Drops a residual branch for some samples."""

import keras
import numpy as np
from keras import ops

from keras_attmask import counter_random


def joint_factors(layers, x, sample_key):
    """What `factors` gives for several layers in training, drawn at once.

    Args:
        layers: list of `StochasticDepth`.
        x: `(B, ...)`; only its type is used.
        sample_key: int32 `(B,)`.

    Returns:
        `(layers, B)` in the type of x; ones for a rate of 0.
    """
    streams = np.array([[layer.stream] for layer in layers])
    keep = [[1.0 - layer.rate] for layer in layers]
    keep = ops.convert_to_tensor(np.array(keep, "float32"))
    keys = counter_random.fold_in(ops.expand_dims(sample_key, 0), streams)
    return _factors(counter_random.uniform(keys), keep, x.dtype)


def _factors(uniform, keep, dtype):
    """Zeros and 1 / keep, rounded once."""
    return ops.cast(ops.cast(uniform < keep, "float32") / keep, dtype)


@keras.saving.register_keras_serializable(package="keras_attmask")
class StochasticDepth(keras.layers.Layer):
    """Zeroes whole samples and divides the survivors by their share.

    Deep Networks with Stochastic Depth, arXiv 1603.09382. With sample keys
    the draw is a function of image and step, the same on any number of
    devices; without them it comes from a seed generator.

    Args:
        rate: probability that a sample is dropped, in [0, 1).
        stream: number that tells this layer's draws from its siblings'.
        seed: seed of the generator that serves when no keys are given.

    Call arguments:
        x: `(B, ...)`.
        sample_key: optional int32 `(B,)`, see `counter_random`.
        training: nothing is dropped unless True.

    Returns:
        As x.

    Raises:
        ValueError: for a rate outside [0, 1).
    """

    def __init__(self, rate, stream=0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"`rate` must lie in [0, 1), got {rate!r}.")
        self.rate = rate
        self.stream = stream
        self.seed = seed
        self._generator = keras.random.SeedGenerator(seed) if rate else None

    def _uniform(self, x, sample_key):
        if sample_key is None:
            shape = (ops.shape(x)[0],)
            return keras.random.uniform(shape, seed=self._generator)
        return counter_random.uniform(
            counter_random.fold_in(sample_key, self.stream)
        )

    def factors(self, x, sample_key=None, training=False):
        """What each sample is multiplied by.

        Args:
            x, sample_key, training: as for a call.

        Returns:
            `(B,)`, zeros and 1 / (1 - rate), in the type of x; None where
            nothing is dropped.
        """
        if not training or self.rate == 0.0:
            return None
        return _factors(self._uniform(x, sample_key), 1.0 - self.rate, x.dtype)

    def call(self, x, sample_key=None, training=False):
        factors = self.factors(x, sample_key, training)
        if factors is None:
            return x
        return x * ops.reshape(factors, (-1,) + (1,) * (len(x.shape) - 1))
