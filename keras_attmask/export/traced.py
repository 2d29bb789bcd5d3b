"""A backbone and its preprocessing as TensorFlow's graphs.

Runs under Keras' TensorFlow backend only.
"""

import json

import keras

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.export.signatures import all_outputs
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer

# Known to Keras by their registered names once they are imported.
_OURS = {kind.__name__: kind for kind in (Classifier, VisionTransformer)}


def traced_module(keras_file, preprocessing_file, signatures):
    """What a saved backbone and preprocessing compute, from uint8 images on.

    Only variables and graphs are inside, no Keras object: whoever reads what
    is made of them needs nothing of ours.

    Args:
        keras_file: path of a `VisionTransformer`, or of a model that stands
            on one, saved by Keras.
        preprocessing_file: path of its `Preprocessing` config as JSON.
        signatures: names of outputs by signature.

    Returns:
        `(module, functions)`: a `tf.Module` that keeps the variables and has
        a function `prepare`, uint8 images in, what the backbone sees of them
        out; and a function by signature.
    """
    import tensorflow as tf

    model, preprocessing = loaded(keras_file, preprocessing_file)
    channels = preprocessing.image_shape[-1]
    module = tf.Module()
    module.kept = [variable.value for variable in model.variables]
    module.prepare = _traceable(preprocessing.__call__, channels)
    return module, {
        name: _traceable(serving(model, preprocessing, names), channels)
        for name, names in signatures.items()
    }


def loaded(keras_file, preprocessing_file):
    """`(model, preprocessing)` of two files, see `traced_module`."""
    model = keras.models.load_model(keras_file, _OURS, compile=False)
    with open(preprocessing_file, encoding="utf-8") as file:
        return model, Preprocessing.from_config(json.load(file))


def image_spec(channels):
    """What goes in: `images`, of any number and size."""
    import tensorflow as tf

    return tf.TensorSpec((None, None, None, channels), "uint8", "images")


def _traceable(function, channels):
    import tensorflow as tf

    spec = image_spec(channels)
    return tf.function(function, input_signature=[spec], autograph=False)


def serving(model, preprocessing, names):
    """A function of uint8 images that returns a dict of these outputs."""

    def serve(images):
        outputs = all_outputs(model, preprocessing(images))
        return {name: outputs[name] for name in names}

    return serve
