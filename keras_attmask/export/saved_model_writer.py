"""Writes the SavedModel. Runs under Keras' TensorFlow backend only."""

import json

from keras_attmask.export.traced import traced_module


def write_saved_model(keras_file, preprocessing_file, target, signatures):
    """Turns a `.keras` file and a preprocessing into a SavedModel.

    Beside its signatures it has a function `prepare`: uint8 images in,
    what the backbone sees of them out.

    Args:
        keras_file: path of a `VisionTransformer`, or of a model that stands
            on one, saved by Keras.
        preprocessing_file: path of its `Preprocessing` config as JSON.
        target: folder to write.
        signatures: JSON of a dict: names of outputs by signature.
    """
    import tensorflow as tf

    module, functions = traced_module(
        keras_file, preprocessing_file, json.loads(signatures)
    )
    tf.saved_model.save(module, target, signatures=functions)
