"""Writes the SavedModel. Runs under Keras' TensorFlow backend only."""

import json

import keras

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.export.signatures import SIGNATURES
from keras_attmask.export.signatures import all_outputs
from keras_attmask.models import VisionTransformer


def _traceable(function, channels):
    import tensorflow as tf

    spec = tf.TensorSpec((None, None, None, channels), "uint8", "images")
    return tf.function(function, input_signature=[spec], autograph=False)


def _serving_function(backbone, preprocessing, names):
    def serve(images):
        outputs = all_outputs(backbone, preprocessing(images))
        return {name: outputs[name] for name in names}

    return _traceable(serve, preprocessing.image_shape[-1])


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

    backbone = keras.models.load_model(
        keras_file, {"VisionTransformer": VisionTransformer}, compile=False
    )
    with open(preprocessing_file, encoding="utf-8") as file:
        preprocessing = Preprocessing.from_config(json.load(file))
    # Only variables and graphs go in, no Keras object: whoever reads the
    # folder needs TensorFlow and nothing else.
    module = tf.Module()
    module.kept = [variable.value for variable in backbone.variables]
    module.prepare = _traceable(
        preprocessing.__call__, preprocessing.image_shape[-1]
    )
    signatures = {
        name: _serving_function(backbone, preprocessing, names)
        for name, names in SIGNATURES.items()
    }
    tf.saved_model.save(module, target, signatures=signatures)
