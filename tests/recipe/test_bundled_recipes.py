import ast

import keras
import numpy as np
import pytest

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.commands.recipe_flag import bundled_folder
from keras_attmask.data import ArraySource
from keras_attmask.recipe import load_recipe_file
from keras_attmask.recipe import make_recipe

PATHS = sorted(bundled_folder().glob("*.py"))
# Small enough to step in seconds; what a recipe is about stays.
SMALL = {
    "views": {"global_size": 32, "local_size": 16},
    "backbone": {
        "patch_size": 8,
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 16,
    },
    "head": {"num_prototypes": 16, "hidden_dim": 16, "bottleneck_dim": 8},
    "training": {"batch_size": 4},
}
# XLA needs many seconds a recipe: on JAX, beside the quickstart of the tiny
# run, one with attention, hints and two losses, and one without masks.
JAX_STEPS = {
    "vit_small16_dino_20pct",
    "vit_small16_hint_100ep",
}


def load(path):
    return make_recipe(load_recipe_file(path))


def small(recipe):
    """The recipe with another size and at most one local view."""
    nested = recipe.to_dict()
    for section, changes in SMALL.items():
        nested[section].update(changes)
    crops = nested["views"]["local_crops"]
    nested["views"]["local_crops"] = min(crops, 1)
    return make_recipe(nested)


def test_there_are_recipes():
    assert {path.stem for path in PATHS} >= JAX_STEPS | {
        "folder",
        "quickstart",
        "cifar10_vit_tiny",
        "vit_small16_high_100ep",
        "vit_small16_high_300ep",
        "vit_small16_high_20pct",
        "vit_small16_hint_20pct",
        "vit_small16_ibot_block_20pct",
        "vit_small16_ibot_random_20pct",
        "vit_small16_dino_high_20pct",
    }


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_recipe_is_a_page_that_says_what_it_is(path):
    text = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    for title in ("Paper:", "Command:", "Expected", "Hardware:"):
        assert title in docstring
    assert f"--recipe={path.stem}" in docstring or (
        f"--recipe=recipes/{path.name}" in docstring
    )
    assert len(text.splitlines()) < 80
    recipe = load(path)
    assert recipe.name == path.stem
    assert make_recipe(recipe.to_dict()) == recipe


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_two_real_steps(path):
    recipe = small(load(path))
    model = build.distiller(recipe, steps_per_epoch=2)
    if keras.backend.backend() == "jax" and path.stem not in JAX_STEPS:
        return  # loads and builds
    # TensorFlow's eager step is the same step, without the long compilation.
    model.run_eagerly = keras.backend.backend() == "tensorflow"
    shape = (8, 32, 32, recipe.data.channels)
    images = np.random.default_rng(0).integers(0, 256, shape, "uint8")
    before = model.student.get_weights()
    momentum = build.schedules(recipe, 2).teacher_momentum
    history = model.fit(
        build.batches(recipe, ArraySource(images)),
        epochs=1,
        callbacks=[callbacks.TeacherEMA(momentum)],
        shuffle=False,
        verbose=0,
    ).history
    assert int(model.step) == 2
    assert np.isfinite(history["loss"][-1])
    after = model.student.get_weights()
    assert all(np.isfinite(weights).all() for weights in after)
    assert any((a != b).any() for a, b in zip(before, after))
