"""Mistakes in the words of the command line."""

import contextlib

from keras_attmask.errors import InputError


@contextlib.contextmanager
def naming_flags(values):
    """Makes mistakes that name an argument name the flag of that name.

    Args:
        values: parsed flags.
    """
    try:
        yield
    except InputError as error:
        name, separator, _ = str(error).partition(": ")
        if not separator or name not in values:
            raise
        raise InputError(f"--{error}") from error
