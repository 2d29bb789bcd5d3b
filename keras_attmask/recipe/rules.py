"""How rules about fields are written down and kept."""

import operator

from keras_attmask.errors import InputError
from keras_attmask.recipe.common import DTYPES


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


def keep_common(recipe):
    """The rules of what recipes of all kinds have."""
    keep(recipe, _COMMON)
    size = recipe.training.batch_size
    require(
        recipe,
        "training.accumulation",
        lambda value: size % value == 0,
        f"a divisor of training.batch_size, {size}",
    )


# What is expected, the test of it, and the fields that must pass.
_COMMON = (
    (
        "text without slashes",
        lambda value: bool(value) and not set(value) & set("/\\"),
        "name",
    ),
    (
        "more than 0",
        lambda value: value > 0,
        "training.batch_size training.epochs training.log_every "
        "training.accumulation training.keep",
    ),
    (
        "0 or more",
        lambda value: value >= 0,
        "data.limit optimizer.learning_rate optimizer.final_learning_rate "
        "optimizer.warmup_epochs optimizer.clip_norm training.save_minutes "
        "training.skip_nonfinite",
    ),
    ("-1 or more", lambda value: value >= -1, "data.processes"),
    (
        "a number from 0 to 1",
        lambda value: 0 <= value <= 1,
        "data.unreadable",
    ),
    (
        "0 or more, below 1",
        lambda value: 0 <= value < 1,
        "backbone.stochastic_depth_rate",
    ),
    (
        f"one of {', '.join(DTYPES)}",
        lambda value: value in DTYPES,
        "training.dtype",
    ),
    (
        "a whole number from 0 to 2147483647",
        lambda value: 0 <= value < 2**31,
        "training.seed",
    ),
)
