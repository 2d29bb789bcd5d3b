"""From loose values to typed, frozen sections."""

import ast
import dataclasses
import difflib
import math

from keras_attmask.errors import InputError
from keras_attmask.recipe.sections import Recipe

TYPES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple: "numbers with commas",
    str: "text",
}


def freeze(values, kind=Recipe, where="recipe"):
    """Turns nested mappings into a section, with types checked.

    Args:
        values: mapping of field to value; what is missing has its default.
        kind: dataclass of the section.
        where: dotted name of the section, for messages.

    Returns:
        An instance of `kind`.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    known = {field.name: field.default for field in dataclasses.fields(kind)}
    if not hasattr(values, "items"):
        raise InputError(
            f"{where}: expected fields such as {where}.{next(iter(known))}, "
            f"got {values!r}"
        )
    frozen = {}
    for name, value in values.items():
        place = f"{where}.{name}"
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InputError(
                f"{place}: expected one of {', '.join(known)}, got an "
                f"unknown field{hint}"
            )
        default = known[name]
        if dataclasses.is_dataclass(default):
            frozen[name] = freeze(value, type(default), place)
        else:
            frozen[name] = _typed(value, default, place)
    return kind(**frozen)


def from_text(text, default, place):
    """Reads a field's value from a command line.

    Args:
        text: such as "0.5", "true", "0.1,0.5" or "(0.1, 0.5)".
        default: any value of the field; tells the type.
        place: dotted name of the field, for messages.

    Returns:
        The value, in the type of `default`.

    Raises:
        InputError: for text of another type.
    """
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        value = {"true": True, "false": False}.get(text.lower(), text)
        return _typed(value, default, place)
    try:
        value = ast.literal_eval(text.strip())
    except (SyntaxError, ValueError):
        value = text
    if isinstance(default, tuple) and type(value) in (int, float):
        value = (value,)
    return _typed(value, default, place)


def _typed(value, default, place):
    """The value with the type of the default, or an error."""
    kind = type(default)
    plain = type(value) is kind
    if kind is float:
        plain = _is_number(value)
        value = float(value) if plain else value
    elif kind is tuple:
        plain = isinstance(value, (list, tuple)) and all(map(_is_number, value))
        value = tuple(map(float, value)) if plain else value
    if not plain:
        example = "" if kind in (bool, str) else f" such as {default}"
        raise InputError(
            f"{place}: expected {TYPES[kind]}{example}, got {value!r}"
        )
    return value


def _is_number(value):
    return type(value) in (int, float) and math.isfinite(value)
