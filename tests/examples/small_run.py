"""A run to try examples on."""

import json
import os
import subprocess
import sys

from keras_attmask import build
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe import published


def make_run(folder, hidden_dim=32):
    """A run folder with a small random backbone."""
    recipe = published()
    recipe.data.update(dict(channels=1, mean=(0.286,), std=(0.353,)))
    recipe.views.update(dict(global_size=28, local_size=14))
    recipe.backbone.update(
        dict(patch_size=7, num_layers=1, num_heads=1, hidden_dim=hidden_dim)
    )
    (folder / "recipe.json").write_text(json.dumps(recipe.to_dict()))
    backbone = build.backbone(make_recipe(recipe))
    for variable in backbone.trainable_variables:
        if variable.name == "kernel":  # an untrained network sees too little
            variable.assign(5 * variable)
    backbone.save_weights(folder / "backbone.weights.h5")


def printed(example, *words):
    """What an example prints, line by line."""
    child = subprocess.run(
        [sys.executable, example, *map(str, words)],
        # On a busy machine PyTorch's threads mostly wait for each other.
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.splitlines()
