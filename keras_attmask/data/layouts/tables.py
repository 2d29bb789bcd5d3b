"""Lists of images that data sets come with: text, columns by white space."""

import os

import numpy as np

from keras_attmask.errors import InputError


def holder(path, files, names=()):
    """The folder that holds one of some files.

    Args:
        path: a folder, or the one around it; anything else is in no folder.
        files: paths inside, any of which will do.
        names: of the folder, as it is unpacked.

    Returns:
        `path`, or `path/name`; None where the files are in neither.
    """
    if not isinstance(path, (str, os.PathLike)):
        return None
    for folder in (path, *(os.path.join(path, name) for name in names)):
        if any(os.path.isfile(os.path.join(folder, name)) for name in files):
            return os.fspath(folder)
    return None


def held(path, files, names=()):
    """`holder` of a folder that must be one.

    Raises:
        InputError: the files are not there.
    """
    folder = holder(path, files, names)
    if folder is None:
        raise InputError(
            f"data: expected a folder with {' or '.join(files)} in it, got "
            f"{path}"
        )
    return folder


def rows_of(path, columns, skip=0):
    """The words of a list, line by line; empty lines are left out.

    Args:
        path: of a text file.
        columns: words that each line has.
        skip: lines at the head.

    Returns:
        A list of lists of strings.

    Raises:
        InputError: a file that cannot be read, or has other lines, or none.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = list(file)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"data: expected a list of images, got {path} ({error})"
        ) from error
    rows = []
    for number, line in enumerate(lines[skip:], skip + 1):
        words = line.split()
        if len(words) not in (0, columns):
            raise InputError(
                f"data: expected {columns} columns in line {number} of "
                f"{path}, got {len(words)}"
            )
        rows += [words] if words else []
    if not rows:
        raise InputError(f"data: expected images in {path}, got none")
    return rows


def whole_numbers(words, path):
    """Numbers of a column, int64 `(n,)`.

    Args:
        words: strings.
        path: of the file that they are from.

    Raises:
        InputError: a word that is no whole number.
    """
    for word in words:
        if not word.isdecimal() or len(word) > 18:
            raise InputError(
                f"data: expected whole numbers in {path}, got {word!r}"
            )
    return np.array(words, "int64")


def present(paths, listing):
    """The paths themselves, of files that all are there.

    Args:
        paths: of images.
        listing: the file that lists them.

    Raises:
        InputError: naming the first that is missing.
    """
    for path in paths:
        if not os.path.isfile(path):
            raise InputError(
                f"data: expected the images that {listing} lists, {path} is "
                "missing"
            )
    return list(paths)
