"""TensorFlow as a tool of the host, beside whatever backend trains."""

import functools

import keras


@functools.cache
def import_tensorflow():
    """Imports TensorFlow; off its own backend it may touch no GPU.

    TensorFlow takes all of a GPU's memory when it first sees it, and would
    leave none to JAX or PyTorch.
    """
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        try:
            tf.config.set_visible_devices([], "GPU")
        except RuntimeError:
            pass  # already running: whoever started it has chosen
    return tf
