"""How rules about fields are written down and kept."""

import operator

from keras_attmask.errors import InputError


def rising(value, low, high):
    """Whether it is a pair that rises within bounds."""
    return len(value) == 2 and low <= value[0] <= value[1] <= high


def all_from_zero(value, count):
    """Whether it is that many numbers, none below 0."""
    return len(value) == count and min(value) >= 0


def require(recipe, place, holds, expected):
    """Refuses the value of one field.

    Args:
        recipe: a frozen recipe.
        place: dotted name of the field.
        holds: test of its value.
        expected: what passes, in words.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    value = operator.attrgetter(place)(recipe)
    if not holds(value):
        raise InputError(f"recipe.{place}: expected {expected}, got {value!r}")


def keep(recipe, rules):
    """`require` for a table of rules.

    Args:
        recipe: a frozen recipe.
        rules: of `(expected, holds, places)`; places with blanks between.
    """
    for expected, holds, places in rules:
        for place in places.split():
            require(recipe, place, holds, expected)
