"""Files and folders that appear whole or not at all."""

import contextlib
import os
import pathlib
import tempfile

from keras_attmask.errors import InputError


@contextlib.contextmanager
def whole(path, folder=False):
    """Gives a temporary path that takes the place of `path` at the end.

    Args:
        path: file to replace, or new or empty folder.
        folder: whether it is a folder.

    Yields:
        `pathlib.Path` of a file to write, or of an empty folder.

    Raises:
        InputError: when there is no writable folder to hold it, or
            something else is there.
    """
    path = pathlib.Path(path).absolute()
    if path.is_dir() and not (folder and not any(path.iterdir())):
        kind = "new or empty folder" if folder else "file name"
        raise InputError(f"{path}: expected a {kind}, got a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        work = tempfile.TemporaryDirectory(
            prefix=".keras_attmask_", dir=path.parent
        )
    except OSError as error:
        raise InputError(
            f"{path}: expected a folder that can be written, got "
            f"{error.strerror}"
        ) from error
    with work:
        temporary = pathlib.Path(work.name) / path.name
        if folder:
            temporary.mkdir()
        yield temporary
        try:
            os.replace(temporary, path)
        except OSError as error:
            raise InputError(
                f"{path}: expected a place to write to, got {error.strerror}"
            ) from error
