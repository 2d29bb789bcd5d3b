"""What the protocols of `attmask evaluate` have in common."""

import contextlib
import dataclasses

from keras_attmask.errors import InputError


def _no_flags(values, arguments=()):
    """Most protocols have none of their own."""


@dataclasses.dataclass(frozen=True)
class Protocol:
    """One word behind `attmask evaluate`.

    Attributes:
        name: that word.
        summary: what is measured, in a line or a few.
        run: from parsed flags and `evaluation.Reader` to a dict of numbers.
        define: adds its own flags to a `flags.FlagValues`.
        define_from: adds those that depend on what was typed, given a
            `flags.FlagValues` and the arguments.
    """

    name: str
    summary: str
    run: callable
    define: callable = _no_flags
    define_from: callable = _no_flags


def limit_and_output(values):
    """The settings that every function of `evaluation` takes.

    Args:
        values: parsed flags of `attmask evaluate`.
    """
    return {"limit": values.limit or None, "output": values.output or None}


def train_and_test_images(values):
    """`(train, test)`: the labelled sources that the flags name."""
    from keras_attmask.data.labelled import train_and_test

    return train_and_test(
        values.data,
        values.train or None,
        values.limit or None,
        names=("--data", "--train"),
    )


def no_train(values, protocol):
    """Refuses images to learn from where nothing is learnt.

    Args:
        values: parsed flags of `attmask evaluate`.
        protocol: its name.
    """
    if values.train:
        raise InputError(
            f"--train: expected none for {protocol}, which learns from no "
            f"labels, got {values.train!r}"
        )


@contextlib.contextmanager
def naming_flags(values, **others):
    """Makes the mistakes found inside speak of the flags of the same name.

    Args:
        values: parsed flags of `attmask evaluate`.
        **others: flags of another name, by the argument's.
    """
    try:
        yield
    except InputError as error:
        name, separator, rest = str(error).partition(": ")
        flag = others.get(name, name)
        if not separator or flag not in values:
            raise
        raise InputError(f"--{flag}: {rest}") from error
