"""Class tokens of a whole source, batch by batch."""

import keras
import numpy as np
from keras import ops

from keras_attmask.data.image_batches import image_batches


class ClassTokens(keras.Model):
    """A backbone reduced to its class token, to be compiled once.

    It shares the backbone's weights. Whoever measures the same backbone
    again and again (each epoch, say) keeps one and hands it to
    `extract_features`: the graph is then traced only once.

    Args:
        backbone: `VisionTransformer`, or any model of its call signature.

    Call arguments:
        images: normalised float `(B, H, W, C)`.

    Returns:
        `(B, D)`, in the backbone's compute dtype.
    """

    def __init__(self, backbone, **kwargs):
        # The backbone's own policy: autocast must not touch its images.
        super().__init__(dtype=backbone.dtype_policy, **kwargs)
        self.backbone = backbone
        self.built = True
        # XLA would make TensorFlow compile for longer than most sources take.
        self.compile(jit_compile=keras.backend.backend() == "jax")

    def call(self, images):
        tokens = self.backbone(images, outputs=("class_token",), training=False)
        return tokens["class_token"]


def extract_features(backbone, source, preprocessing, batch_size=256):
    """Class token of every image of a source.

    No gradient, no stochastic depth; the backbone is left as it was, so a
    callback may call this during training (on JAX after
    `model.jax_state_sync()`, which Keras itself does at an epoch's end).

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
    batch_size = min(batch_size, len(source))
    features = None
    for images, rows in image_batches(source, preprocessing, batch_size):
        count = images.shape[0]
        # A short last batch is filled up: another shape is another compile.
        padding = [(0, batch_size - count)] + [(0, 0)] * 3
        tokens = backbone.predict_on_batch(ops.pad(images, padding))
        if features is None:
            features = np.empty((len(source), tokens.shape[1]), "float32")
        features[rows] = tokens[:count]
    return features
