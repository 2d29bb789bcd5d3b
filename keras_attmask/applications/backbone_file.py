"""A pretrained backbone from wherever a user has it."""

import json
import os
import pathlib

import keras

from keras_attmask import build
from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer
from keras_attmask.recipe import make_recipe

_EXPECTED = "a run folder, a .keras file or the .weights.h5 file of a run"


def load_backbone(path):
    """Loads the teacher's backbone of a run, or an exported one.

    Args:
        path: a run folder, its `backbone.weights.h5`, or a `.keras` file of
            a `VisionTransformer`.

    Returns:
        A `VisionTransformer` with pretrained weights, in float32.

    Raises:
        InputError: when there is nothing there that can be loaded.
    """
    path = pathlib.Path(path)
    if path.is_dir():
        path = path / "backbone.weights.h5"
    if not path.is_file():
        raise InputError(
            f"backbone: expected {_EXPECTED}, got {os.fspath(path)!r}, "
            "which does not exist"
        )
    if path.name.endswith(".weights.h5"):
        return _from_weights(path)
    if path.suffix == ".keras":
        return _from_keras_file(path)
    raise InputError(f"backbone: expected {_EXPECTED}, got {str(path)!r}")


def _unreadable(path, error):
    reason = " ".join(str(error).split())
    return InputError(
        f"backbone: expected the weights of a VisionTransformer in "
        f"{str(path)!r}, got {type(error).__name__}: {reason}"
    )


def _from_weights(path):
    recipe_file = path.parent / "recipe.json"
    if not recipe_file.is_file():
        raise InputError(
            f"backbone: expected recipe.json beside {str(path)!r} to tell "
            "the architecture, got none"
        )
    recipe = make_recipe(json.loads(recipe_file.read_text("utf-8")))
    backbone = build.backbone(
        recipe, stochastic_depth_rate=0.0, name="backbone"
    )
    try:
        backbone.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(path, error) from error
    return backbone


def _from_keras_file(path):
    try:
        backbone = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(backbone, VisionTransformer):
        raise InputError(
            f"backbone: expected a VisionTransformer in {str(path)!r}, got "
            f"{type(backbone).__name__}"
        )
    return backbone
