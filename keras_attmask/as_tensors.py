"""Values of variables as tensors."""

import keras
from keras import ops


def as_tensors(values):
    """Each value as a tensor: TensorFlow's tapes treat variables apart."""
    if keras.backend.backend() != "tensorflow":
        return [ops.convert_to_tensor(value) for value in values]
    import tensorflow as tf

    return [tf.convert_to_tensor(value) for value in values]
