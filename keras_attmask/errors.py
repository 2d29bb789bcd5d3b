"""Exceptions that say in one line what happened; most are mistakes."""

import contextlib
import re


class InputError(ValueError):
    """A setting, file or argument that cannot be used as given.

    The message is one line: it names the setting, says what was expected
    and what came. The command line prints it and exits with status 2; in a
    program it is an ordinary `ValueError`.
    """

    # Keras would make a page of the line, with all arguments of a call.
    _keras_call_info_injected = True


class ExportError(RuntimeError):
    """An export that could not be written or is not the live model."""


class LostHost(RuntimeError):
    """Another host of the same run has ended; the message is one line."""


@contextlib.contextmanager
def naming(setting, only=None):
    """Makes the mistakes found inside speak of the user's own setting.

    A part names its own argument ("data: expected ..."); only the caller
    knows which flag or field it came from.

    Args:
        setting: what to put in the place of the argument's name.
        only: the one name that is replaced; None replaces any.
    """
    try:
        yield
    except InputError as error:
        name, separator, rest = str(error).partition(": ")
        if not separator or not name.isidentifier():
            raise
        if only not in (None, name):
            raise
        raise InputError(f"{setting}: {rest}") from error


@contextlib.contextmanager
def from_threads(setting):
    """Restores the mistakes that threads of a host pipeline find.

    A file that cannot be read is found by a thread of tf.data, and
    TensorFlow passes on only the text of what went wrong there.

    Args:
        setting: what to put in the place of "data".
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        found = re.search(r"InputError: data: (.*)", str(error))
        if not found:
            raise
        raise InputError(f"{setting}: {found[1]}") from error
