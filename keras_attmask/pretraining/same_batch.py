"""A batch of random pixels, again and again: work without a data set."""

import keras
import numpy as np


def random_batch(recipe, image_shape=None):
    """A batch as the recipe's pipeline would hand it over.

    Args:
        recipe: a `Recipe`.
        image_shape: `(H, W, C)` of images that are cropped on the device;
            None for crops of the host.

    Returns:
        A dict, see `data.MultiCropViews`.
    """
    random = np.random.default_rng(0)
    views, count = recipe.views, recipe.training.batch_size
    shapes = {"images": image_shape}
    if image_shape is None:
        shapes = {
            f"{name}_views": (crops, side, side, recipe.data.channels)
            for name, crops, side in (
                ("global", views.global_crops, views.global_size),
                ("local", views.local_crops, views.local_size),
            )
            if crops
        }
    pixels = {
        name: random.integers(0, 256, (count, *shape), "uint8")
        for name, shape in shapes.items()
    }
    return {"index": np.arange(count, dtype="int32"), **pixels}


class _SameBatch(keras.utils.PyDataset):
    def __init__(self, batch, count):
        super().__init__()
        self._batch, self._count = batch, count

    def __len__(self):
        return self._count

    def __getitem__(self, number):
        return self._batch


def feed(batch, count):
    """Something that `fit` takes as an epoch of so many steps.

    TensorFlow tunes pipelines in a thread that sleeps ever longer; a `fit` of
    a few steps would end only when it wakes, up to as long after as it took.
    """
    if keras.backend.backend() != "tensorflow":
        return _SameBatch(batch, count)
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    steps = tf.data.Dataset.from_tensors(batch).repeat(count)
    return steps.with_options(options)
