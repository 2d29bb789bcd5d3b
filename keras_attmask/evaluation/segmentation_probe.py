"""Segmentation by a linear classifier on frozen patch tokens.

What a backbone's patches know about where things are: each patch is
classified by one linear map, its scores are enlarged to pixels, and the
greatest wins. Nothing else is learnt, so the number speaks of the features.
"""

import keras
import numpy as np
from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import answers_of
from keras_attmask.evaluation.patch_labels import class_shares
from keras_attmask.evaluation.patch_labels import fitted_mask
from keras_attmask.evaluation.patch_tokens import PatchTokens
from keras_attmask.evaluation.segmentation import IGNORED
from keras_attmask.evaluation.segmentation import confusion_matrix
from keras_attmask.evaluation.segmentation import mean_iou


def _fitted_masks(part, name, preprocessing):
    """All masks of a part at the size of the backbone's images."""
    if len(part.masks) != len(part.source):
        raise InputError(
            f"data: expected a mask for each of {len(part.source)} {name} "
            f"images, got {len(part.masks)}"
        )
    masks = [np.asarray(part.masks[i]) for i in range(len(part.source))]
    for mask in masks:
        if mask.ndim != 2 or mask.dtype.kind not in "iu" or mask.min() < 0:
            raise InputError(
                "data: expected masks (height, width) of whole numbers from "
                f"0, got {mask.dtype} {mask.shape} in the {name} masks"
            )
    return np.stack([fitted_mask(mask, preprocessing) for mask in masks])


def _check(preprocessing, patch_size, settings):
    height, width, _ = preprocessing.image_shape
    if height % patch_size or width % patch_size:
        raise InputError(
            f"preprocessing: expected sides that are multiples of the patch, "
            f"{patch_size}, got {height}x{width}"
        )
    for name, value in settings.items():
        if not value > 0:
            raise InputError(f"{name}: expected above 0, got {value!r}")


def _standardised(backbone, data, preprocessing, batch_size):
    """Patch tokens of both parts, by mean and deviation of the first."""
    reader = PatchTokens(backbone)
    train, test = (
        answers_of(reader, part.source, preprocessing, batch_size)
        for part in data
    )
    mean, deviation = train.mean(axis=(0, 1)), train.std(axis=(0, 1)) + 1e-6
    for tokens in (train, test):  # in place: they may be large
        tokens -= mean
        tokens /= deviation
    return train, test


def _loss(shares, scores):
    """Cross-entropy; what is ignored in a patch has no share."""
    return -ops.sum(shares * ops.log_softmax(scores, axis=-1), axis=-1)


def _models(width, num_classes, grid, size):
    """The classifier of patches, and the same to the classes of pixels."""
    tokens = keras.Input((grid[0] * grid[1], width), dtype="float32")
    scores = keras.layers.Dense(
        num_classes, kernel_initializer="zeros", dtype="float32"
    )(tokens)
    maps = ops.reshape(scores, (-1, *grid, num_classes))
    maps = ops.image.resize(maps, size, interpolation="bilinear")
    classes = ops.argmax(maps, axis=-1)  # (B, H, W)
    return keras.Model(tokens, scores), keras.Model(tokens, classes)


def _train(model, tokens, labels, epochs, batch_size, rate, seed):
    """Trains the classifier of patches.

    Args:
        model: of `_models`.
        tokens: float32 `(n, N, D)`.
        labels: function from indices of images to `(b, N, K)`.
        epochs: times that each image is seen.
        batch_size: images a step.
        rate: first learning rate; it falls to 0 along a cosine.
        seed: of the order of images.
    """
    batch_size = min(batch_size, len(tokens))
    steps = len(tokens) // batch_size
    decay = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    # XLA would make TensorFlow compile for longer than this trains.
    jit_compile = keras.backend.backend() == "jax"
    model.compile(keras.optimizers.Adam(decay), _loss, jit_compile=jit_compile)
    random = np.random.default_rng(seed)
    for _ in range(epochs):
        order = random.permutation(len(tokens))
        for step in range(steps):
            chosen = order[step * batch_size : (step + 1) * batch_size]
            model.train_on_batch(tokens[chosen], labels(chosen))


def _confusion(model, tokens, masks, num_classes, ignored, batch_size):
    """Pixels of all images by true and by found class."""
    confusion = 0
    for start in range(0, len(tokens), batch_size):
        part = tokens[start : start + batch_size]
        count = len(part)
        # A short last batch is filled up: another shape is another compile.
        part = np.pad(part, [(0, batch_size - count), (0, 0), (0, 0)])
        found = np.asarray(model.predict_on_batch(part))[:count]
        truth = masks[start : start + count]
        confusion += confusion_matrix(truth, found, num_classes, ignored)
    return confusion


def segmentation_probe(
    backbone,
    data,
    preprocessing,
    epochs=10,
    learning_rate=0.01,
    batch_size=8,
    ignored=IGNORED,
    seed=0,
):
    """Mean IoU of a linear classifier on a backbone's patch tokens.

    It learns the share that each class has of each patch, from tokens
    brought to mean 0 and deviation 1. The tokens of all images are held in
    memory: n x N x D numbers of 4 bytes.

    Args:
        backbone: `VisionTransformer`; it stays as it is.
        data: `(train, test)`, both with `source`, images by index (see
            `data.sources`), and `masks`, by index integers `(h, w)`, classes
            from 0; `data.Scenes`, for one.
        preprocessing: `data.preprocessing.Preprocessing`. Its `image_shape`
            may be another than the backbone's; masks are cut and resized to
            it as the images are, and compared at that size.
        epochs: times that the classifier sees each image.
        learning_rate: of Adam at first; it falls to 0 along a cosine.
        batch_size: images a step.
        ignored: label of pixels that do not count.
        seed: of the order of images.

    Returns:
        `{"miou": ..., "pixel_accuracy": ...}`, each from 0 to 1; see
        `segmentation.mean_iou`.

    Raises:
        InputError: masks that do not fit their images, sides that the patch
            does not divide, or settings that are not above 0.
    """
    patch, size = backbone.patch_size, tuple(preprocessing.image_shape[:2])
    rates = {"epochs": epochs, "learning_rate": learning_rate}
    _check(preprocessing, patch, {**rates, "batch_size": batch_size})
    train_masks, test_masks = (
        _fitted_masks(part, name, preprocessing)
        for name, part in zip(("train", "test"), data)
    )
    known = [m[m != ignored].max(initial=0) for m in (train_masks, test_masks)]
    num_classes = int(max(known)) + 1
    train, test = _standardised(backbone, data, preprocessing, batch_size)
    grid = size[0] // patch, size[1] // patch
    model, to_pixels = _models(train.shape[-1], num_classes, grid, size)

    def labels(chosen):
        return class_shares(train_masks[chosen], patch, num_classes, ignored)

    _train(model, train, labels, epochs, batch_size, learning_rate, seed)
    confusion = _confusion(
        to_pixels, test, test_masks, num_classes, ignored, batch_size
    )
    scores = {"miou": mean_iou(confusion)}
    scores["pixel_accuracy"] = float(np.trace(confusion) / confusion.sum())
    return scores
