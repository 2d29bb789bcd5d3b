"""Recipes as files and as editable configurations."""

import importlib.util
import pathlib

import ml_collections

from keras_attmask.errors import InputError
from keras_attmask.recipe.kinds import FINETUNING
from keras_attmask.recipe.kinds import PRETRAINING
from keras_attmask.recipe.typed import freeze


def published():
    """The published ViT-S/16 values as an editable, typed ConfigDict."""
    return _editable(PRETRAINING)


def finetuning():
    """The defaults of fine-tuning as an editable, typed ConfigDict."""
    return _editable(FINETUNING)


def _editable(kind):
    return ml_collections.ConfigDict(kind.sections().to_dict())


def make_recipe(config, kind=PRETRAINING):
    """Checks a ConfigDict or nested dict and freezes it.

    Args:
        config: mapping of sections to mappings of fields; what is missing
            has its published value.
        kind: of recipe, see `recipe.kinds`.

    Returns:
        A `Recipe`, or the dataclass of another kind.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    recipe = freeze(config, kind.sections)
    kind.check(recipe)
    return recipe


def load_recipe_file(path):
    """Runs `get_config()` of a recipe file.

    Args:
        path: of a Python file.

    Returns:
        What the file's `get_config()` returns, a mapping.

    Raises:
        InputError: for a file that is missing, broken or not a recipe.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise InputError(
            f"--recipe: expected a recipe file or one of the names that "
            f"`attmask recipes` lists, got {str(path)!r}"
        )
    spec = importlib.util.spec_from_file_location("attmask_recipe", path)
    if spec is None:
        raise InputError(
            f"--recipe: expected a Python file (.py), got {str(path)!r}"
        )
    config = _run(spec, path)
    if not hasattr(config, "items"):
        raise InputError(
            f"--recipe: expected get_config() to return a ConfigDict, got "
            f"{type(config).__name__} from {path}"
        )
    return config


def _run(spec, path):
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.get_config()
    except Exception as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"--recipe: expected a recipe with get_config(), but {path} "
            f"fails: {type(error).__name__}: {reason}"
        ) from error
