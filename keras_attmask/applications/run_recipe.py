"""What a run folder or a preset keeps beside its weights."""

import dataclasses
import json
import pathlib

from keras_attmask import build
from keras_attmask.applications.unreadable import unreadable
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.models.preset_reader import preset_of
from keras_attmask.models.preset_reader import read_preprocessing
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe.sections import Evaluation
from keras_attmask.view_law import ViewLaw


def recipe_file(path):
    """Where the recipe of a run folder, or of weights in one, should be."""
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    return folder / "recipe.json"


def read_recipe(path, argument):
    """The recipe of a run.

    Args:
        path: a run folder, or weights in one.
        argument: what an error should call it.

    Returns:
        `recipe.Recipe`.

    Raises:
        InputError: when there is none, or one that is broken.
    """
    file = recipe_file(path)
    if not file.is_file():
        raise InputError(
            f"{argument}: expected recipe.json beside {str(path)!r} to tell "
            "the architecture, got none"
        )
    try:
        return make_recipe(json.loads(file.read_text("utf-8")))
    except (ValueError, TypeError, AttributeError) as error:
        raise unreadable(file, argument, error, "the recipe") from error


def _exported(path):
    """The record of a SavedModel that was written beside a `.keras` file."""
    path = pathlib.Path(path)
    if path.suffix != ".keras":
        return path / "export.json"
    return path.parent / "saved_model" / "export.json"


def load_preprocessing(run):
    """How a run or a preset prepares images for its backbone.

    Args:
        run: path of a run folder, of weights in one, or of a preset.

    Returns:
        `data.Preprocessing`: uint8 images of any size in, normalised ones
        of the backbone's shape out.

    Raises:
        InputError: where there is neither a recipe nor a preset.

    A folder of fine-tuning keeps a preset itself.

    Example:
        >>> prepare = load_preprocessing("runs/quickstart-20261124-120000")
        >>> tokens = backbone(prepare(images))["class_token"]
    """
    path = pathlib.Path(run)
    if preset_of(path):
        return read_preprocessing(preset_of(path), "run")
    if path.is_dir():
        path = path / "backbone.weights.h5"
    return build.preprocessing(read_recipe(path, "run"))


def known_preprocessing(path, image_shape, argument):
    """`load_preprocessing`, or for weights that do not tell, ImageNet's.

    Args:
        path: of weights in any form.
        image_shape: `(H, W, C)` of the backbone.
        argument: what an error should call the path.

    Returns:
        `data.Preprocessing` for images of `image_shape`; None where nothing
        is known of so many channels.

    Raises:
        InputError: for a recipe or a preset that is broken.
    """
    channels = image_shape[-1]
    found = Preprocessing(
        (1, 1, 3), ViewLaw.mean, ViewLaw.std, Evaluation.crop_ratio
    )
    if preset_of(path):
        found = read_preprocessing(preset_of(path), argument)
    elif recipe_file(path).is_file():
        found = build.preprocessing(read_recipe(path, argument))
    elif _exported(path).is_file():
        record = json.loads(_exported(path).read_text("utf-8"))
        names = [field.name for field in dataclasses.fields(Preprocessing)]
        found = Preprocessing(**{name: record[name] for name in names})
    if len(found.mean) != channels:
        return None
    return dataclasses.replace(found, image_shape=tuple(image_shape))
