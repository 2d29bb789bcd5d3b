"""One run at a time on a folder."""

import contextlib
import os
import pathlib

from keras_attmask.errors import InputError
from keras_attmask.training.run_folder import LOCK


@contextlib.contextmanager
def locked(folder):
    """Holds the lock of a run folder.

    The kernel holds it for this process and lets it go with it, however it
    ends: the file alone means nothing. Where there are no such locks (on
    Windows, say), nothing is refused.

    Args:
        folder: an existing folder.

    Raises:
        InputError: when another process holds it.
    """
    path = pathlib.Path(folder) / LOCK
    with open(path, "a+", encoding="utf-8") as file:
        _take(file, folder)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _take(file, folder):
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "another"
        raise InputError(
            f"--run: expected a folder that no run is working in, got "
            f"{str(folder)!r}, where process {holder} is"
        ) from error
