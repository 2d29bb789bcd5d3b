"""A pretrained backbone from wherever a user has it."""

import json
import os
import pathlib

import keras

from keras_attmask import build
from keras_attmask.errors import InputError
from keras_attmask.export.precision import float32_twin
from keras_attmask.models import VisionTransformer
from keras_attmask.recipe import make_recipe

EXPECTED = "a run folder, a .keras file or the .weights.h5 file of a run"


def load_backbone(path):
    """Loads the teacher's backbone of a run, or an exported one.

    Args:
        path: a run folder, its `backbone.weights.h5`, or a `.keras` file of
            a `VisionTransformer` or of a model that stands on one, as those
            of `keras_attmask.applications` do.

    Returns:
        A `VisionTransformer` with pretrained weights, in float32.

    Raises:
        InputError: when there is nothing there that can be loaded.

    Example:
        >>> backbone = load_backbone("runs/quickstart-20261124-120000")
        >>> tokens = backbone(images)["class_token"]
    """
    return read_backbone(path, "backbone")


def read_backbone(path, argument):
    """`load_backbone`, whose errors call the path by an argument's name."""
    path = pathlib.Path(path)
    if path.is_dir():
        path = path / "backbone.weights.h5"
    if not path.is_file():
        raise InputError(
            f"{argument}: expected {EXPECTED}, got {os.fspath(path)!r}, "
            "which does not exist"
        )
    if path.name.endswith(".weights.h5"):
        return _from_run(path, argument)
    if path.suffix == ".keras":
        return float32_twin(backbone_of(read_keras_file(path, argument)))
    raise InputError(f"{argument}: expected {EXPECTED}, got {str(path)!r}")


def recipe_beside(path):
    """Path of the recipe that tells how a weights file came about."""
    return pathlib.Path(path).parent / "recipe.json"


def unreadable(path, argument, error):
    """The `InputError` for a file that is not what its name says."""
    reason = " ".join(str(error).split())
    return InputError(
        f"{argument}: expected the weights of a VisionTransformer in "
        f"{str(path)!r}, got {type(error).__name__}: {reason}"
    )


def _from_run(path, argument):
    recipe_file = recipe_beside(path)
    if not recipe_file.is_file():
        raise InputError(
            f"{argument}: expected recipe.json beside {str(path)!r} to tell "
            "the architecture, got none"
        )
    try:
        recipe = make_recipe(json.loads(recipe_file.read_text("utf-8")))
    except (ValueError, TypeError, AttributeError) as error:
        raise unreadable(recipe_file, argument, error) from error
    backbone = build.backbone(
        recipe, stochastic_depth_rate=0.0, name="backbone", dtype="float32"
    )
    try:
        backbone.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise unreadable(path, argument, error) from error
    return backbone


def read_keras_file(path, argument):
    """The model in a `.keras` file, one that has a backbone.

    Args:
        path: of the file.
        argument: what an error should call it.

    Returns:
        `keras.Model`.

    Raises:
        InputError: for a file that is broken or holds another network.
    """
    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(path, argument, error) from error
    if backbone_of(model) is None:
        raise InputError(
            f"{argument}: expected a VisionTransformer in {str(path)!r}, got "
            f"{type(model).__name__}"
        )
    return model


def backbone_of(model):
    """The `VisionTransformer` that a model is or stands on, or None."""
    if isinstance(model, VisionTransformer):
        return model
    found = map(backbone_of, getattr(model, "layers", ()))
    return next((backbone for backbone in found if backbone), None)
