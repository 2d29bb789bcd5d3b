"""A small architecture, its images, and a run folder that holds one."""

import json

import numpy as np
import pytest

from keras_attmask import build
from keras_attmask.applications.architectures import Architecture
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe import published


@pytest.fixture(scope="session")
def small():
    """An architecture of patch 4, two blocks, two heads and width 16."""
    return Architecture("ViTSmall4", "vit_small4", 4, 2, 2, 16)


@pytest.fixture
def images():
    random = np.random.default_rng(0)
    return random.normal(size=(2, 16, 16, 3)).astype("float32")


@pytest.fixture
def make_run(tmp_path):
    """Makes a run folder: `(folder, backbone)`, given backbone fields."""

    def make(size=16, **fields):
        recipe = published()
        recipe.views.global_size = recipe.views.local_size = size
        recipe.backbone.update(
            dict(patch_size=4, num_layers=2, num_heads=2, hidden_dim=16)
        )
        recipe.backbone.update(fields)
        folder = tmp_path / f"run{size}"
        folder.mkdir()
        text = json.dumps(recipe.to_dict())
        (folder / "recipe.json").write_text(text)
        backbone = build.backbone(make_recipe(recipe))
        backbone.save_weights(folder / "backbone.weights.h5")
        return folder, backbone

    return make
