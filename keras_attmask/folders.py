"""Where folders are, and how they take each other's place."""

import os
import pathlib


def keras_home():
    """Where Keras keeps its files, which `KERAS_HOME` may move."""
    home = pathlib.Path(os.environ.get("KERAS_HOME", "~/.keras"))
    return home.expanduser()


def move_folder(folder, target, spare):
    """Puts `folder` in the place of `target`, or leaves all as it was.

    Args:
        folder: path of the new one, on the same disk as the target.
        target: path that it gets, of an earlier one or of nothing.
        spare: free path on the same disk, where the earlier one goes.
    """
    if not os.path.lexists(target):
        os.replace(folder, target)
        return
    os.replace(target, spare)  # a filled folder cannot be replaced in one go
    try:
        os.replace(folder, target)
    except OSError:
        os.replace(spare, target)
        raise
