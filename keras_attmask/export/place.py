"""Where an exported thing may go."""

import os

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


def check_file(target, ending):
    """Refuses a name of another ending, or one that a folder has.

    Args:
        target: path of the file.
        ending: such as ".keras".

    Returns:
        `target` as text.

    Raises:
        InputError: when it cannot be used.
    """
    target = os.fspath(target)
    if not target.endswith(ending) or os.path.isdir(target):
        raise InputError(
            f"`target` must be a file name that ends in {ending}, got {target}."
        )
    return target
