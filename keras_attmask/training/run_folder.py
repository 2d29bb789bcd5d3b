"""The folder that a run writes into."""

import contextlib
import errno
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil
import subprocess

import keras

from keras_attmask.errors import InputError

LOCK = "lock"  # see `pretraining.run_lock`
_PACKAGES = ("keras", "numpy", "tensorflow", "jax", "torch", "ml_collections")


@contextlib.contextmanager
def created(path):
    """Makes an empty run folder, and takes it away if the block fails.

    Args:
        path: of a folder that does not exist or is empty.

    Yields:
        `pathlib.Path`.

    Raises:
        InputError: for a folder that holds something or cannot be written.
    """
    path = pathlib.Path(path)
    missing = [p for p in (path, *path.parents) if not p.exists()]
    try:
        yield _empty_folder(path)
    except BaseException:
        for folder in missing:
            with contextlib.suppress(OSError):  # not empty, or never made
                folder.rmdir()
        raise


def _empty_folder(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = any(inner.name != LOCK for inner in path.iterdir())
    except OSError as error:
        raise InputError(
            f"--run: expected a folder that can be written, got "
            f"{str(path)!r} ({error.strerror})"
        ) from error
    if occupied:
        raise InputError(
            f"--run: expected a new or empty folder, got {str(path)!r} "
            "with files in it"
        )
    if not os.access(path, os.W_OK):
        raise InputError(
            f"--run: expected a folder that can be written, got {str(path)!r}"
        )
    return path


def versions():
    """Versions of what a run depends on, as a plain dict."""
    found = {"python": platform.python_version()}
    found["backend"] = keras.backend.backend()
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    found["git_commit"] = _git_commit()
    return found


def _git_commit():
    here = pathlib.Path(__file__).parent
    command = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() or None


def require_space(folder, size):
    """Finds a full disk before a file is begun.

    Args:
        folder: an existing folder.
        size: bytes that are to be written there.

    Raises:
        OSError: when there are fewer.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OSError(
            errno.ENOSPC, f"{size / 1e6:.0f} MB needed, {free / 1e6:.0f} free"
        )


def write_json(values, path):
    """Writes a JSON file whole or not at all."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    text = json.dumps(values, indent=2) + "\n"
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def save_weights(model, path):
    """Writes `*.weights.h5` whole or not at all."""
    temporary = path.with_name("writing." + path.name)
    try:
        model.save_weights(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
