"""Writes presets, each of them whole or not there."""

import json
import os
import pathlib
import tempfile

import keras

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.folders import move_folder
from keras_attmask.models.preset_reader import CONFIG
from keras_attmask.models.preset_reader import METADATA
from keras_attmask.models.preset_reader import PREPROCESSOR
from keras_attmask.models.preset_reader import TASK
from keras_attmask.models.preset_reader import TASK_WEIGHTS
from keras_attmask.models.preset_reader import WEIGHTS
from keras_attmask.models.preset_reader import head_of
from keras_attmask.models.preset_reader import is_preset
from keras_attmask.view_law import ViewLaw

_FILES = {CONFIG, WEIGHTS, PREPROCESSOR, METADATA, TASK, TASK_WEIGHTS}


def preprocessing_for(image_shape, given):
    """The preprocessing that belongs to a backbone.

    Args:
        image_shape: `(H, W, C)` of the backbone.
        given: `data.Preprocessing`, or None for ImageNet's numbers.

    Returns:
        `data.Preprocessing`.

    Raises:
        InputError: for one of other images, or None for images that do not
            have three channels.
    """
    if given is not None and given.image_shape != image_shape:
        raise InputError(
            f"preprocessing: expected one for images of {image_shape}, got "
            f"{given.image_shape}"
        )
    if given is None and image_shape[2] != 3:
        raise InputError(
            "preprocessing: expected a data.Preprocessing with mean and "
            f"deviation of {image_shape[2]} channels, got None"
        )
    return given or Preprocessing(image_shape, ViewLaw.mean, ViewLaw.std)


def write_preset(backbone, preprocessing, folder, task=None):
    """Writes a preset.

    Args:
        backbone: `VisionTransformer`.
        preprocessing: `data.Preprocessing` of its images.
        folder: absolute `pathlib.Path`; new, empty, or an earlier preset.
        task: optional `Classifier` on the backbone, to be kept with it.

    Raises:
        InputError: for somebody's folder, or one that cannot be written.
    """
    _check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = tempfile.TemporaryDirectory(
            prefix=".keras_attmask_", dir=folder.parent
        )
    except OSError as error:
        raise InputError(
            "folder: expected a place that can be written, got "
            f"{str(folder)!r}: {error.strerror}"
        ) from error
    with work:
        new = pathlib.Path(work.name) / "preset"
        new.mkdir()
        _write(backbone, preprocessing, new)
        if task is not None:
            _write_object(task, new / TASK)
            head_of(task).save_weights(new / TASK_WEIGHTS)
        move_folder(new, folder, pathlib.Path(work.name) / "earlier")


def _check_target(folder):
    """Refuses what is neither new, nor empty, nor a preset and no more."""
    if not os.path.lexists(folder):
        return
    expected = "folder: expected a new or empty one or an earlier preset, got "
    if folder.is_symlink() or not folder.is_dir():
        raise InputError(f"{expected}{str(folder)!r}, which is no folder")
    # What a desktop leaves behind, `.DS_Store` say, is nobody's work.
    names = {path.name for path in folder.iterdir() if path.name[0] != "."}
    if not names or (names <= _FILES and is_preset(folder)):
        return
    found = min(names - _FILES, default="another kind of network")
    raise InputError(f"{expected}{str(folder)!r}, which holds {found}")


def _write(backbone, preprocessing, folder):
    _write_object(backbone, folder / CONFIG)
    _write_object(preprocessing, folder / PREPROCESSOR)
    facts = {
        "keras_version": keras.__version__,
        "parameter_count": backbone.count_params(),
    }
    _write_json(facts, folder / METADATA)
    backbone.save_weights(folder / WEIGHTS)


def _write_object(value, path):
    config = keras.saving.serialize_keras_object(value)
    for name in ("build_config", "compile_config"):
        config.pop(name, None)  # as in KerasHub; it is built when it is made
    _write_json(config, path)


def _write_json(value, path):
    path.write_text(json.dumps(value, indent=4) + "\n", "utf-8")
