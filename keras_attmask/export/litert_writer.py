"""Writes LiteRT files. Runs under Keras' TensorFlow backend only."""

import json
import os

from keras_attmask.export.traced import traced_module


def write_litert(keras_file, preprocessing_file, target, signatures):
    """Turns a `.keras` file and a preprocessing into LiteRT files.

    Args:
        keras_file: path of a `VisionTransformer`, or of a model that stands
            on one, saved by Keras.
        preprocessing_file: path of its `Preprocessing` config as JSON.
        target: folder to make; gets `backbone.tflite`, and `prepare.tflite`
            for what the backbone sees of images.
        signatures: JSON of a dict: the one to write, and its outputs.
    """
    import tensorflow as tf

    (signature,) = signatures = json.loads(signatures)
    module, functions = traced_module(
        keras_file, preprocessing_file, signatures
    )
    os.mkdir(target)
    graphs = os.path.join(target, "graphs")
    signatures = functions | {"prepare": module.prepare}
    tf.saved_model.save(module, graphs, signatures=signatures)
    for name, file in ((signature, "backbone"), ("prepare", "prepare")):
        converter = tf.lite.TFLiteConverter.from_saved_model(
            graphs, signature_keys=[name]
        )
        with open(f"{target}/{file}.tflite", "wb") as written:
            written.write(converter.convert())
