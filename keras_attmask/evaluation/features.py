"""Answers of a network to a whole source, batch by batch."""

import keras
import numpy as np
from keras import ops

from keras_attmask.data.image_batches import image_batches


class Answers(keras.Model):
    """A network that is asked and not trained, to be compiled once.

    It shares the network's weights. Whoever measures the same network again
    and again (each epoch, say) keeps one and hands it to `answers_of`: the
    graph is then traced only once.

    Args:
        network: a model.

    Call arguments:
        images: normalised float `(B, H, W, C)`.

    Returns:
        What the network does.
    """

    def __init__(self, network, **kwargs):
        # The network's own policy: autocast must not touch its images.
        super().__init__(dtype=network.dtype_policy, **kwargs)
        self.network = network
        self.built = True
        # XLA would make TensorFlow compile for longer than most sources take.
        self.compile(jit_compile=keras.backend.backend() == "jax")

    def call(self, images):
        return self.network(images, training=False)


class ClassTokens(Answers):
    """A backbone reduced to its class token.

    Args:
        network: `VisionTransformer`, or any model of its call signature.

    Returns:
        `(B, D)`, in the backbone's compute dtype.
    """

    def call(self, images):
        tokens = self.network(images, outputs=("class_token",), training=False)
        return tokens["class_token"]


def answer_batches(network, source, preprocessing, batch_size=256):
    """What a network says of the images of a source, batch by batch.

    No gradient, no stochastic depth; the network is left as it was, so a
    callback may call this during training (on JAX after
    `model.jax_state_sync()`, which Keras itself does at an epoch's end).

    Args:
        network: `Answers`.
        source: images by index, see `data.sources`.
        preprocessing: `data.preprocessing.Preprocessing`.
        batch_size: images a step.

    Yields:
        `(answers, place)`: NumPy array `(b, ...)` and the slice of the
        source that it is of.
    """
    batch_size = min(batch_size, len(source))
    for images, rows in image_batches(source, preprocessing, batch_size):
        count = images.shape[0]
        # A short last batch is filled up: another shape is another compile.
        padding = [(0, batch_size - count)] + [(0, 0)] * 3
        yield network.predict_on_batch(ops.pad(images, padding))[:count], rows


def answers_of(network, source, preprocessing, batch_size=256):
    """What a network says of every image of a source.

    Args:
        network: `Answers`.
        source: images by index, see `data.sources`.
        preprocessing: `data.preprocessing.Preprocessing`.
        batch_size: images a step.

    Returns:
        float32 NumPy array `(n, ...)`, row i for image i.
    """
    answers = None
    batches = answer_batches(network, source, preprocessing, batch_size)
    for found, rows in batches:
        if answers is None:
            answers = np.empty((len(source), *found.shape[1:]), "float32")
        answers[rows] = found
    return answers


def extract_features(backbone, source, preprocessing, batch_size=256):
    """Class token of every image of a source.

    Args:
        backbone: `VisionTransformer`, or the `ClassTokens` of one.
        source: images by index, see `data.sources`.
        preprocessing: `data.preprocessing.Preprocessing`.
        batch_size: images a step.

    Returns:
        float32 NumPy array `(n, D)`, row i for image i, not normalised.
    """
    if not isinstance(backbone, ClassTokens):
        backbone = ClassTokens(backbone)
    return answers_of(backbone, source, preprocessing, batch_size)
