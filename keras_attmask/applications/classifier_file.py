"""A fine-tuned network from wherever a user has it."""

import os
import pathlib

from keras_attmask.applications.backbone_file import read_keras_file
from keras_attmask.errors import InputError
from keras_attmask.export.precision import float32_twin
from keras_attmask.models import VisionTransformer
from keras_attmask.models.preset_reader import has_task
from keras_attmask.models.preset_reader import preset_of
from keras_attmask.models.preset_reader import read_task

EXPECTED = (
    "the run folder of a fine-tuning, a preset with a head or a .keras file of "
    "a model that stands on a VisionTransformer"
)


def load_classifier(path):
    """Loads a backbone with its head.

    Args:
        path: the run folder of `attmask finetune`, a folder that
            `Classifier.save_to_preset` wrote, or a `.keras` file of a
            `Classifier` or of any model that stands on a
            `VisionTransformer`.

    Returns:
        `models.Classifier` in float32, or the model in the file.

    Raises:
        InputError: when there is nothing there that can be loaded.

    Example:
        >>> classifier = load_classifier("runs/finetune-20261126-120000")
        >>> prepare = load_preprocessing("runs/finetune-20261126-120000")
        >>> probabilities = classifier(prepare(images))
    """
    classifier = read_classifier(path, "classifier")
    if classifier is None:
        raise InputError(
            f"classifier: expected {EXPECTED}, got {os.fspath(path)!r}"
        )
    return float32_twin(classifier)


def read_classifier(path, argument):
    """The network with a head behind a path, or None.

    Args:
        path: of weights in any form.
        argument: what an error should call it.

    Raises:
        InputError: for a file that is broken.
    """
    path = pathlib.Path(path)
    preset = preset_of(path)
    if preset:
        return read_task(preset, argument) if has_task(preset) else None
    if path.is_file() and path.suffix == ".keras":
        model = read_keras_file(path, argument)
        return None if isinstance(model, VisionTransformer) else model
    return None
