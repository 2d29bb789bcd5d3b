"""A backbone as one `.keras` file."""

import os
import tempfile

from keras_attmask.errors import InputError


def _not_writable(target):
    return InputError(
        f"`target` must lie in a folder that can be written, got {target}."
    )


def check_parent(target):
    """Refuses a place where no folder could be made; makes none."""
    parent = os.path.dirname(os.path.abspath(target))
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    if not (os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)):
        raise _not_writable(target)


def make_parent(target):
    """Path of the folder that `target` goes into; made where missing."""
    check_parent(target)
    parent = os.path.dirname(os.path.abspath(target))
    try:
        os.makedirs(parent, exist_ok=True)
    except OSError as error:
        raise _not_writable(target) from error
    return parent


def export_keras(backbone, target):
    """Saves a backbone so that `keras.models.load_model` reads it.

    Any backend reads the file; `keras_attmask` must be imported before.

    Args:
        backbone: `VisionTransformer`.
        target: path that ends in `.keras`; replaced as a whole at the end.

    Raises:
        InputError: another ending, or a folder that cannot be written.
    """
    target = os.fspath(target)
    if not target.endswith(".keras") or os.path.isdir(target):
        raise InputError(
            f"`target` must be a file name that ends in .keras, got {target}."
        )
    # Keras goes by the file's ending, so the temporary thing is a folder.
    with tempfile.TemporaryDirectory(
        prefix=".keras_attmask_", dir=make_parent(target)
    ) as work:
        written = os.path.join(work, "backbone.keras")
        backbone.save(written)
        os.replace(written, target)
