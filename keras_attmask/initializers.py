"""First values of weights, drawn by NumPy: alike on every backend.

JAX would compile a program for each shape that is drawn, seconds before the
first step.
"""

import keras
import numpy as np
from keras import ops


def _tensor(array, dtype):
    return ops.cast(ops.convert_to_tensor(array), dtype)


@keras.saving.register_keras_serializable(package="keras_attmask")
class Normal(keras.initializers.RandomNormal):
    """Keras' `RandomNormal`, the same numbers for a seed on every backend."""

    def __call__(self, shape, dtype="float32"):
        random = np.random.default_rng(self.seed)
        drawn = random.standard_normal(shape, "float32")
        return _tensor(drawn * np.float32(self.stddev) + self.mean, dtype)


@keras.saving.register_keras_serializable(package="keras_attmask")
class Uniform(keras.initializers.RandomUniform):
    """Keras' `RandomUniform`, the same numbers for a seed on every backend."""

    def __call__(self, shape, dtype="float32"):
        drawn = np.random.default_rng(self.seed).random(shape, "float32")
        width = np.float32(self.maxval - self.minval)
        return _tensor(drawn * width + np.float32(self.minval), dtype)


@keras.saving.register_keras_serializable(package="keras_attmask")
class Zeros(keras.initializers.Zeros):
    """Keras' `Zeros`, made by NumPy."""

    def __call__(self, shape, dtype="float32"):
        return _tensor(np.zeros(shape, "float32"), dtype)
