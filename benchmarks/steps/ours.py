"""This package's step, on the backend that KERAS_BACKEND names."""

import sys

import keras
import matmul
import numpy as np
from device import accelerator

from keras_attmask import build
from keras_attmask.freed_memory import keep_freed_memory
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe import published
from keras_attmask.training.cost import step_flops

WIDTHS = {"vit_tiny16": 192, "vit_small16": 384, "vit_base16": 768}


def _recipe(options):
    recipe = published()
    recipe.backbone.hidden_dim = WIDTHS[options["arch"]]
    recipe.backbone.num_heads = WIDTHS[options["arch"]] // 64
    recipe.views.local_crops = options["local_crops"]
    recipe.views.global_size = options["global_size"]
    recipe.views.jitter_probability = 0.0  # the views are ready
    recipe.views.grey_probability = 0.0
    recipe.views.blur_probability = (0.0, 0.0, 0.0)
    recipe.views.solarize_probability = (0.0, 0.0, 0.0)
    recipe.training.batch_size = options["batch"]
    recipe.training.dtype = options["dtype"]
    return make_recipe(recipe)


def _batch(recipe):
    random = np.random.default_rng(0)
    views, count = recipe.views, recipe.training.batch_size
    batch = {"index": np.arange(count, dtype="int32")}
    for name in ("global", "local"):
        crops = getattr(views, f"{name}_crops")
        side = getattr(views, f"{name}_size")
        shape = (count, crops, side, side, 3)
        if crops:
            batch[f"{name}_views"] = random.integers(0, 256, shape, "uint8")
    return batch


class _SameBatch(keras.utils.PyDataset):
    """One batch, as often as asked for."""

    def __init__(self, batch, count):
        super().__init__()
        self._batch, self._count = batch, count

    def __len__(self):
        return self._count

    def __getitem__(self, number):
        return self._batch


def _feed(batch, count):
    """What `fit` takes, and nothing that outlives the last step.

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


def _multiply(side, count):
    ops, dtype = keras.ops, keras.mixed_precision.dtype_policy().compute_dtype
    bound = matmul.bound(side)
    matrix = keras.random.uniform((side, side), -bound, bound, dtype, seed=0)

    def product(matrix):
        found = matrix
        for _ in range(count):
            found = ops.matmul(found, matrix)
        return found

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        product = jax.jit(product)
    elif backend == "tensorflow":
        import tensorflow as tf

        product = tf.function(product, jit_compile=True)
    # Outside of the program: inside, XLA would make that one number alone.
    return lambda: float(product(matrix)[0, 0])


def make_step(options):
    keep_freed_memory()
    recipe = _recipe(options)
    keras.config.set_dtype_policy(options["dtype"])
    model, batch = build.distiller(recipe, 1000), _batch(recipe)

    def step(count):
        model.fit(_feed(batch, count), shuffle=False, verbose=0)

    def facts():
        name = accelerator()
        return {
            "device": name or "CPU",
            "matmul_flops": matmul.matmul_flops(_multiply, name is not None),
            "flops_per_image": step_flops(recipe),
            "versions": {
                name: sys.modules[name].__version__
                for name in ("keras", "tensorflow", "jax", "torch")
                if name in sys.modules
            },
        }

    return step, facts


def peak_memory():
    if keras.backend.backend() == "jax":
        import jax

        found = jax.devices()[0].memory_stats() or {}
        return found.get("peak_bytes_in_use")
    if keras.backend.backend() == "torch":
        import torch

        if torch.cuda.is_available():
            return torch.cuda.max_memory_allocated()
    return None
