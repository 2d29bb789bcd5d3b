"""From loose values to typed, frozen sections."""

import dataclasses
import difflib

from keras_attmask.errors import InputError
from keras_attmask.recipe.sections import Recipe


def freeze(values, kind=Recipe, where="recipe"):
    """Turns nested mappings into a section, with types checked.

    Args:
        values: mapping of field to value.
        kind: dataclass of the section.
        where: dotted name of the section, for messages.

    Returns:
        An instance of `kind`.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    known = {field.name: field for field in dataclasses.fields(kind)}
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise InputError(
                f"{where}.{name}: expected one of {', '.join(known)}; got "
                f"an unknown field{hint}"
            )
    frozen = {}
    for name, value in values.items():
        place, default = f"{where}.{name}", known[name].default
        if dataclasses.is_dataclass(default):
            frozen[name] = freeze(value, type(default), place)
        else:
            frozen[name] = _typed(value, default, place)
    return kind(**frozen)


def _typed(value, default, place):
    """The value with the type of the default, or an error."""
    kind = type(default)
    if kind is float and type(value) is int:
        value = float(value)
    if kind is tuple and isinstance(value, (list, tuple)):
        return tuple(float(item) for item in value)
    if type(value) is not kind:
        raise InputError(
            f"{place}: expected {kind.__name__} such as {default!r}, got "
            f"{value!r}"
        )
    return value
