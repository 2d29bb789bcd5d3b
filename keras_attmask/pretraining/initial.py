"""Pretraining that begins with weights that exist already."""

import pathlib

from keras_attmask.applications import load_backbone
from keras_attmask.applications.checkpoint_file import is_checkpoint
from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.convert import load_checkpoint
from keras_attmask.errors import InputError

FIELD = "recipe.training.initial"


def start_from(model, path):
    """Copies weights into a `Distiller` that has not been trained.

    A full checkpoint of the official code gives both networks, heads and
    centres; anything else a backbone for both networks, under new heads. The
    optimizer and its schedules begin afresh.

    Args:
        model: a `Distiller`.
        path: what `attmask convert` reads, a run folder, or a file of ours.

    Returns:
        What was taken, in words.

    Raises:
        InputError: when there is nothing to read or it does not fit.
    """
    path = pathlib.Path(path)
    try:
        if not path.exists():
            raise InputError(f"expected a file or folder, got {path}")
        checkpoint = _read(path, model.student)
        if set(checkpoint.networks) == {"student", "teacher"} and all(
            network.head for network in checkpoint.networks.values()
        ):
            checkpoint.restore(model)
            return "both networks, heads and centres"
        checkpoint.restore_backbone(model)
        return "the backbone"
    except InputError as error:
        raise InputError(f"{FIELD}: {error}") from error


def _read(path, student):
    if is_checkpoint(path):
        heads = student.get_config()["num_heads"]
        return load_checkpoint(path, "both", num_heads=heads)
    return Checkpoint("keras", {"teacher": Network(load_backbone(path))})
