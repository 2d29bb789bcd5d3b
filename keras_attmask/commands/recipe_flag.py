"""The flag `--recipe` and its overrides."""

import difflib
import pathlib

import ml_collections
from ml_collections import config_flags

from keras_attmask.errors import InputError
from keras_attmask.recipe import load_recipe_file
from keras_attmask.recipe import make_recipe

HELP = (
    "recipe file, or the name of a bundled one; "
    "--recipe.section.field=value overrides a field"
)


def bundled_folder():
    """Where the recipes of this package lie, as a `pathlib.Path`."""
    return pathlib.Path(__file__).parents[1] / "recipes"


def find(name):
    """The file of a recipe: a path, or the name of a bundled recipe."""
    path = pathlib.Path(name)
    bundled = bundled_folder() / f"{path.stem}.py"
    return bundled if not path.exists() and bundled.is_file() else path


def define(values, arguments):
    """Adds the flag and reads the file that `arguments` name.

    The file is loaded here, with our own errors, and handed to
    ml_collections as a dict, which types and applies the overrides.

    Returns:
        The arguments without `--recipe=FILE`.
    """
    name, left = _split(arguments)
    config = ml_collections.ConfigDict()
    if name is not None:
        config = load_recipe_file(find(name))
    if not isinstance(config, ml_collections.ConfigDict):
        raise InputError(
            "--recipe: expected get_config() to return a ConfigDict, got "
            f"{type(config).__name__}"
        )
    _check_overrides(config, left, name is not None)
    config_flags.DEFINE_config_dict(
        "recipe", config, HELP, values, sys_argv=left
    )
    return left


def read(values):
    """The checked, frozen recipe after all overrides."""
    return make_recipe(values.recipe)


def _split(arguments):
    """The value of `--recipe`, or None, and the other arguments."""
    name, left, words = None, [], iter(arguments)
    for word in words:
        flag, separator, value = word.partition("=")
        if flag not in ("--recipe", "-recipe"):
            left.append(word)
            continue
        name = value if separator else next(words, "")
        if not name:
            raise InputError("--recipe: expected a recipe file, got nothing")
    return name, left


def _check_overrides(config, arguments, chosen):
    for argument in arguments:
        name = argument.split("=", 1)[0].lstrip("-")
        if not argument.startswith("-") or not name.startswith("recipe."):
            continue
        if not chosen:
            raise InputError(
                f"--{name}: expected --recipe=FILE beside it, got none"
            )
        _check_path(config, name)


def _check_path(config, name):
    section = config
    for word in name.split(".")[1:]:
        known = list(section) if hasattr(section, "keys") else []
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(
                f"--{name}: expected a field of the recipe, got the unknown "
                f"{word!r}{hint}"
            )
        section = section[word]
