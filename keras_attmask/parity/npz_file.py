"""Recorded numbers in a `.npz` file."""

import zipfile

import numpy as np

from keras_attmask.errors import InputError


def read_npz(path, argument):
    """Reads all arrays of a file; nothing is unpickled.

    Args:
        path: `.npz` file.
        argument: name of the flag, for messages.

    Returns:
        Dict of name to array.

    Raises:
        InputError: when it is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (
        AttributeError,
        EOFError,
        OSError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        reason = getattr(error, "strerror", None) or " ".join(
            str(error).split()
        )
        raise InputError(
            f"{argument}: expected a readable .npz file, got {path} ({reason})"
        ) from error


def number(arrays, name, kind=float):
    """A single recorded number.

    Args:
        arrays: dict of name to array.
        name: which.
        kind: `int` or `float`.

    Raises:
        InputError: when it is missing or no number.
    """
    try:
        return kind(arrays[name].item())
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{name}: expected one number in the record, got none"
        ) from error
