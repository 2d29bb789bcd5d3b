"""Segmentation by a linear classifier on frozen patch tokens, alone."""

from keras_attmask.data.layouts.masked_images import masked_train_and_test
from keras_attmask.evaluation.patch_labels import patch_grid
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.segmentation.confusion import IGNORED
from keras_attmask.evaluation.segmentation.linear_patches import LinearPatches
from keras_attmask.evaluation.segmentation.measured import measured
from keras_attmask.evaluation.segmentation.settings import PATCHES
from keras_attmask.evaluation.segmentation.settings import above_zero
from keras_attmask.evaluation.segmentation.taught_patches import taught_patches
from keras_attmask.evaluation.segmentation.truth import Truth


def segmentation_probe(
    backbone,
    data,
    preprocessing=None,
    epochs=10,
    learning_rate=0.01,
    batch_size=8,
    ignored=IGNORED,
    seed=0,
):
    """The linear part of `segmentation`, by itself.

    Args:
        backbone: see `segmentation`.
        data: likewise.
        preprocessing: likewise.
        epochs: times that the classifier sees each image.
        learning_rate: of Adam at first; it falls to 0 along a cosine.
        batch_size: images a step.
        ignored: label of pixels that do not count.
        seed: of the order of images.

    Returns:
        `{"miou": ..., "pixel_accuracy": ...}`, each from 0 to 1; see
        `mean_iou`.

    Raises:
        InputError: see `segmentation`.
    """
    above_zero(epochs=epochs, learning_rate=learning_rate)
    reader = Reader.of(backbone, preprocessing, batch_size)
    grid = patch_grid(reader)
    train, test = masked_train_and_test(data)
    truth = Truth((train, test), reader.preprocessing, ignored)
    taught = taught_patches(reader, train, truth, PATCHES, seed)
    probe = LinearPatches(
        taught, truth, epochs, learning_rate, batch_size, seed
    )
    scores = measured(reader, test, truth, grid, [probe]).scores()
    return {name.removeprefix("linear_"): v for name, v in scores.items()}
