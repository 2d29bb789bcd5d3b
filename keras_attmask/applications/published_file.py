"""Where a released checkpoint lies on this machine, and that it stays it.

The authors' files lie on a drive that no program can fetch from, and their
checksums are not known. So a user puts the file into Keras' cache, and it is
held to the checksum that it had when it was first loaded.
"""

import contextlib
import hashlib
import warnings

from keras_attmask.applications.published import PUBLISHED
from keras_attmask.atomic import whole
from keras_attmask.errors import InputError
from keras_attmask.folders import keras_home


def published(weights):
    """The released checkpoint that a `weights` argument names, or None."""
    return PUBLISHED.get(weights) if isinstance(weights, str) else None


def cached(row):
    """Where a released checkpoint should be.

    Args:
        row: `published.Published`.

    Returns:
        `pathlib.Path` in the cache of Keras, which `KERAS_HOME` may move.
    """
    return keras_home() / "models" / "keras_attmask" / row.file


def check_published(row, title):
    """Refuses a name that cannot be loaded.

    Args:
        row: `published.Published`.
        title: of the constructor that is asked to.

    Raises:
        InputError: naming the right constructor, or where to get the file
            and where to put it.
    """
    if row.architecture != title:
        raise InputError(
            f"weights: expected those of a {title}, got {row.name!r}: use "
            f"{row.architecture}(weights={row.name!r})"
        )
    check_cached(row, "weights")


def check_cached(row, argument):
    """Refuses a name whose file is not on this machine.

    Args:
        row: `published.Published`.
        argument: what an error should call the name.

    Raises:
        InputError: naming where to get the file and where to put it.
    """
    path = cached(row)
    if not path.is_file():
        raise InputError(
            f"{argument}: expected {row.name!r} in {str(path)!r}, got no file: "
            f"download it by hand from the table in the README of {row.origin} "
            "('backbone only' will do) and put it there under that name"
        )


@contextlib.contextmanager
def unchanged(path, argument="weights"):
    """Holds a file to its checksum while it is loaded.

    What can be loaded for the first time has its SHA-256 written down beside
    it, in the manner of `sha256sum`; a file that is broken leaves no trace.

    Args:
        path: `pathlib.Path` of the file.
        argument: what an error should call it.

    Raises:
        InputError: when the checksum is another than was written down.
    """
    record = path.with_name(f"{path.name}.sha256")
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    known = record.is_file()
    if known:
        expected = (record.read_text("utf-8").split() or ["nothing"])[0]
        if found != expected:
            raise InputError(
                f"{argument}: expected SHA-256 {expected} in {str(path)!r} as "
                f"when it was first used, got {found}: fetch the file again, "
                f"or delete {record.name!r} beside it if the new one is right"
            )
    yield
    if not known:
        _write(record, f"{found}  {path.name}\n")


def _write(record, line):
    try:
        with whole(record) as temporary:
            temporary.write_text(line, "utf-8")
    except InputError as error:  # a cache that others keep, say
        warnings.warn(f"weights: no checksum is kept; {error}", stacklevel=2)
