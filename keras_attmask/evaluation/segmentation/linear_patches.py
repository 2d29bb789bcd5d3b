"""A linear classifier of patch tokens.

Patches are taught the share that each class has of them, from tokens brought
to mean 0 and deviation 1. Nothing else is learnt, so the result speaks of the
features.
"""

import keras
import numpy as np
from keras import ops

from keras_attmask.evaluation.moments import mean_and_deviation
from keras_attmask.evaluation.patch_labels import class_shares


def _loss(shares, scores):
    """Cross-entropy; what is ignored in a patch has no share."""
    return -ops.sum(shares * ops.log_softmax(scores, axis=-1), axis=-1)


def _classifier(shape, num_classes):
    tokens = keras.Input(shape, dtype="float32")
    dense = keras.layers.Dense(
        num_classes, kernel_initializer="zeros", dtype="float32"
    )
    return keras.Model(tokens, dense(tokens))


def _train(model, images, labels, settings):
    """Trains the classifier of patches.

    Args:
        model: of `_classifier`.
        images: function from indices of images to tokens `(b, M, D)`.
        labels: function from indices of images to shares `(b, M, K)`.
        settings: `(count, epochs, batch_size, rate, seed)`.
    """
    count, epochs, batch_size, rate, seed = settings
    batch_size = min(batch_size, count)
    steps = count // batch_size
    decay = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    # XLA would make TensorFlow compile for longer than this trains.
    jit_compile = keras.backend.backend() == "jax"
    model.compile(keras.optimizers.Adam(decay), _loss, jit_compile=jit_compile)
    random = np.random.default_rng(seed)
    for _ in range(epochs):
        order = random.permutation(count)
        for step in range(steps):
            chosen = order[step * batch_size : (step + 1) * batch_size]
            model.train_on_batch(images(chosen), labels(chosen))


class LinearPatches:
    """Learns from patches and scores others.

    Args:
        taught: `TaughtPatches`.
        truth: `Truth` of their masks.
        epochs: times that the classifier sees each image.
        learning_rate: of Adam at first; it falls to 0 along a cosine.
        batch_size: images a step.
        seed: of the order of images.
    """

    name = "linear"

    def __init__(self, taught, truth, epochs, learning_rate, batch_size, seed):
        tokens = taught.tokens
        rows = tokens.reshape(-1, tokens.shape[-1])
        self._mean, self._deviation = mean_and_deviation(rows)
        self._deviation += np.float32(1e-6)
        model = _classifier(tokens.shape[1:], truth.num_classes)

        def labels(chosen):
            return class_shares(
                taught.labels[chosen], truth.num_classes, truth.ignored
            )

        _train(
            model,
            lambda chosen: self._standardised(tokens[chosen]),
            labels,
            (len(tokens), epochs, batch_size, learning_rate, seed),
        )
        self._kernel, self._bias = model.get_weights()

    def _standardised(self, tokens):
        return (tokens - self._mean) / self._deviation

    def scores(self, tokens):
        """How well each class fits each patch.

        Args:
            tokens: float32 `(b, N, D)`.

        Returns:
            float32 `(b, N, K)`.
        """
        return self._standardised(tokens) @ self._kernel + self._bias
