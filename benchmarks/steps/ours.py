"""This package's step, on the backend that KERAS_BACKEND names."""

import sys

import keras
import matmul

from keras_attmask import build
from keras_attmask import huge_pages
from keras_attmask.device import accelerator
from keras_attmask.freed_memory import keep_freed_memory
from keras_attmask.layers.product import product
from keras_attmask.pretraining.same_batch import feed
from keras_attmask.pretraining.same_batch import random_batch
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


def _multiply(side, count):
    dtype = keras.mixed_precision.dtype_policy().compute_dtype
    bound = matmul.bound(side)
    matrix = keras.random.uniform((side, side), -bound, bound, dtype, seed=0)

    def power(matrix):
        found = matrix
        for _ in range(count):
            found = product(found, matrix)
        return found

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        power = jax.jit(power)
    elif backend == "tensorflow":
        import tensorflow as tf

        power = tf.function(power, jit_compile=True)
    # Outside of the program: inside, XLA would make that one number alone.
    return lambda: float(power(matrix)[0, 0])


def make_step(options):
    keep_freed_memory()
    grant = huge_pages.withhold()
    recipe = _recipe(options)
    keras.config.set_dtype_policy(build.dtype_policy(recipe))
    model, batch = build.distiller(recipe, 1000), random_batch(recipe)

    def step(count):
        model.fit(feed(batch, count), shuffle=False, verbose=0)
        grant()

    def facts():
        found = accelerator()
        return {
            "device": found.name if found else "CPU",
            "matmul_flops": matmul.matmul_flops(_multiply, found is not None),
            "flops_per_image": step_flops(recipe),
            "versions": {
                name: sys.modules[name].__version__
                for name in ("keras", "tensorflow", "jax", "torch")
                if name in sys.modules
            },
        }

    return step, facts


def peak_memory():
    found = accelerator()
    return found.peak if found else None
