"""Writes the SavedModel. Runs under Keras' TensorFlow backend only."""

from keras_attmask.export.signatures import SIGNATURES
from keras_attmask.export.traced import traced_module


def write_saved_model(keras_file, preprocessing_file, target):
    """Turns a `.keras` file and a preprocessing into a SavedModel.

    Beside its signatures it has a function `prepare`: uint8 images in,
    what the backbone sees of them out.

    Args:
        keras_file: path of a `VisionTransformer` saved by Keras.
        preprocessing_file: path of its `Preprocessing` config as JSON.
        target: folder to write.
    """
    import tensorflow as tf

    module, signatures = traced_module(
        keras_file, preprocessing_file, SIGNATURES
    )
    tf.saved_model.save(module, target, signatures=signatures)
