"""Reads presets, and tells them from other folders."""

import json
import os
import pathlib

import keras

from keras_attmask.errors import InputError

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
PREPROCESSOR, METADATA = "preprocessor.json", "metadata.json"
TASK, TASK_WEIGHTS = "task.json", "task.weights.h5"
MODEL = "model"  # of a run that fine-tuned
_BACKBONE = "keras_attmask>VisionTransformer"
_PREPROCESSING = "keras_attmask>Preprocessing"
_TASK = "keras_attmask>Classifier"


def is_preset(path):
    """Whether a folder holds a backbone of ours as a preset.

    Args:
        path: of anything.
    """
    path = pathlib.Path(path)
    if not (path / WEIGHTS).is_file():
        return False
    try:
        config = json.loads((path / CONFIG).read_text("utf-8"))
        return config["registered_name"] == _BACKBONE
    except (OSError, ValueError, KeyError, TypeError):
        return False


def preset_of(path):
    """The preset in a folder, or in the folder `model` of a run, or None.

    Args:
        path: of anything.
    """
    path = pathlib.Path(path)
    return next(filter(is_preset, (path, path / MODEL)), None)


def has_task(path):
    """Whether a preset holds a head, too."""
    return is_preset(path) and (pathlib.Path(path) / TASK).is_file()


def read_preset(folder, argument):
    """The backbone of a preset.

    Args:
        folder: path of it.
        argument: what an error should call it.

    Returns:
        `VisionTransformer`, under the dtype policy that it was saved with.

    Raises:
        InputError: where there is none, or one that is broken.
    """
    backbone = _read(folder, CONFIG, _BACKBONE, argument)
    return _loaded(backbone, folder, WEIGHTS, argument)


def read_task(folder, argument):
    """The backbone of a preset with its head.

    Args:
        folder: path of it.
        argument: what an error should call it.

    Returns:
        `Classifier`, under the dtype policy that it was saved with.

    Raises:
        InputError: where there is none, or one that is broken.
    """
    task = _read(folder, TASK, _TASK, argument)
    _loaded(task.backbone, folder, WEIGHTS, argument)
    _loaded(head_of(task), folder, TASK_WEIGHTS, argument)
    return task


def head_of(task):
    """The head of a `Classifier` as a model of its own, for its weights."""
    width = task.predictions.kernel.shape[0]
    return keras.Sequential([keras.Input((width,)), task.predictions])


def _loaded(model, folder, name, argument):
    path = _existing(folder, name, argument)
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise _broken(path, argument, error) from error
    return model


def read_preprocessing(folder, argument):
    """How a preset prepares images for its backbone.

    Args:
        folder: path of it.
        argument: what an error should call it.

    Returns:
        `data.Preprocessing`.

    Raises:
        InputError: where there is none, or one that is broken.
    """
    return _read(folder, PREPROCESSOR, _PREPROCESSING, argument)


def _existing(folder, name, argument):
    path = pathlib.Path(folder) / name
    if not path.is_file():
        raise InputError(
            f"{argument}: expected a folder that save_to_preset wrote, got "
            f"{os.fspath(folder)!r} without {name}"
        )
    return path


def _read(folder, name, registered_name, argument):
    """The object that a file of a preset describes."""
    path = _existing(folder, name, argument)
    try:
        config = json.loads(path.read_text("utf-8"))
        found = config.get("registered_name")
        if found == registered_name:
            return keras.saving.deserialize_keras_object(config)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(path, argument, error) from error
    raise InputError(
        f"{argument}: expected {registered_name} in {str(path)!r}, got "
        f"{found!r}"
    )


def _broken(path, argument, error):
    reason = " ".join(str(error).split())
    return InputError(
        f"{argument}: expected a part of a preset in {str(path)!r}, got "
        f"{type(error).__name__}: {reason}"
    )
