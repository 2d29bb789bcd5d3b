"""The flag `--recipe`, and one flag for each field of the recipe."""

import dataclasses
import pathlib

from absl import flags

from keras_attmask.errors import InputError
from keras_attmask.recipe import PRETRAINING
from keras_attmask.recipe import load_recipe_file
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe.typed import TYPES
from keras_attmask.recipe.typed import freeze
from keras_attmask.recipe.typed import from_text

HELP = (
    "recipe file, or the name of one that `attmask recipes` lists; "
    "--recipe.section.field=value overrides a field"
)


def bundled_folder():
    """Where the recipes of this package lie, as a `pathlib.Path`."""
    return pathlib.Path(__file__).parents[1] / "recipes"


def find(name, kind=PRETRAINING):
    """The file of a recipe: a path, or the name of a bundled recipe."""
    path = pathlib.Path(name)
    bundled = bundled_folder() / kind.folder / f"{path.stem}.py"
    return bundled if not path.is_file() and bundled.is_file() else path


class _FieldParser(flags.ArgumentParser):
    """Reads a field in the type that it has."""

    def __init__(self, name, default):
        self._name, self._default = name, default

    def parse(self, argument):
        if not isinstance(argument, str):
            return argument
        return from_text(argument, self._default, self._name)

    def flag_type(self):
        return TYPES[type(self._default)]


def define(values, arguments, kind=PRETRAINING):
    """Adds the flags; the recipe that `arguments` name is their default.

    Without one the defaults of its kind are, so that `--help` has something
    to show.
    """
    flags.DEFINE_string("recipe", None, HELP, flag_values=values)
    name = _chosen(arguments)
    given = {} if name is None else load_recipe_file(find(name, kind))
    recipe = freeze(given, kind.sections)
    for place, value in _fields(recipe, "recipe"):
        parser = _FieldParser(place, value)
        flags.DEFINE(
            parser, place, value, parser.flag_type(), flag_values=values
        )


def require(values):
    """Refuses to go on without a recipe."""
    if not values.recipe:
        raise InputError(
            "--recipe: expected a recipe file or one of the names that "
            "`attmask recipes` lists, got nothing"
        )


def read(values, kind=PRETRAINING):
    """The checked, frozen recipe after all overrides."""
    nested = {}
    for place, _ in _fields(kind.sections(), "recipe"):
        *sections, name = place.split(".")[1:]
        part = nested
        for section in sections:
            part = part.setdefault(section, {})
        part[name] = values[place].value
    return make_recipe(nested, kind)


def _fields(section, place):
    """Yields `(dotted name, value)` of all fields below a section."""
    for field in dataclasses.fields(section):
        value, name = getattr(section, field.name), f"{place}.{field.name}"
        if dataclasses.is_dataclass(value):
            yield from _fields(value, name)
        else:
            yield name, value


def _chosen(arguments):
    """The value of the last `--recipe`, or None."""
    name, words = None, iter(arguments)
    for word in words:
        flag, separator, value = word.partition("=")
        if flag in ("--recipe", "-recipe"):
            name = value if separator else next(words, None)
    return name
