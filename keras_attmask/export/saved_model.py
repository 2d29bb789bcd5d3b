"""A backbone with its preprocessing as a verified TensorFlow SavedModel.

One road for all backends: the backbone goes into a `.keras` file, Keras under
TensorFlow (a child process, if need be) traces it, and a further process that
has only TensorFlow is asked what it makes of some images. The target appears
when the answers are those of the live model, and not before.
"""

import importlib.util
import json
import os
import tempfile

import keras
import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.export.child import run_child
from keras_attmask.export.keras_file import check_parent
from keras_attmask.export.keras_file import make_parent
from keras_attmask.export.precision import float32_twin
from keras_attmask.export.verification import check_differences
from keras_attmask.export.verification import verify
from keras_attmask.export.writer import write_saved_model

_WRITE = (
    "import sys; from keras_attmask.export.writer import write_saved_model; "
    "write_saved_model(*sys.argv[1:])"
)


def export_saved_model(
    backbone, preprocessing, target, check_images=None, tolerance=1e-5
):
    """Writes a SavedModel folder that needs TensorFlow and nothing else.

    Its signatures take uint8 `images` `(B, h, w, C)` of any size and number:
    `serving_default` gives "class_token" `(B, D)`; `tokens` gives also
    "patch_tokens" `(B, N, D)`; `attention` gives "class_attention"
    `(B, rows, columns)`. `export.json` beside the graph tells what was
    measured and how images are prepared.

    Args:
        backbone: `VisionTransformer`; a mixed-precision one is served in
            float32. It is not changed.
        preprocessing: `data.preprocessing.Preprocessing`.
        target: folder to write; an earlier export is replaced at the end.
        check_images: uint8 `(B, h, w, C)` for the comparison with the live
            model; None takes 8 images of noise.
        tolerance: greatest absolute difference that passes.

    Returns:
        The greatest absolute difference over all outputs.

    Raises:
        InputError: a target or check images that cannot be used, or no
            TensorFlow.
        RuntimeError: a child process failed, or the difference is too
            great; nothing is left behind.
    """
    target = os.path.abspath(target)
    images = _checked_images(check_images, preprocessing.image_shape)
    check_saved_model_target(target)
    if importlib.util.find_spec("tensorflow") is None:
        raise InputError("`export_saved_model` needs tensorflow, found none.")
    backbone = float32_twin(backbone)
    with tempfile.TemporaryDirectory(
        prefix=".keras_attmask_", dir=make_parent(target)
    ) as work:
        folder = os.path.join(work, "saved_model")
        _write(backbone, preprocessing, folder, work)
        report = verify(backbone, preprocessing, images, folder, work)
        check_differences(report, tolerance)
        record = _export_record(preprocessing, report)
        _write_json(record, os.path.join(folder, "export.json"))
        _move_folder(folder, target, os.path.join(work, "earlier"))
    return report["max_difference"]


def _checked_images(images, image_shape):
    if images is None:
        random = np.random.default_rng(0)
        return random.integers(0, 256, (8, *image_shape), "uint8")
    images = np.asarray(images)
    fits = images.ndim == 4 and images.shape[-1] == image_shape[-1]
    if not fits or images.size == 0 or images.dtype != np.uint8:
        raise InputError(
            f"`check_images` must be uint8 (B, h, w, {image_shape[-1]}), "
            f"got {images.dtype} {images.shape}."
        )
    return images


def check_saved_model_target(target):
    """Refuses a place that a SavedModel could not or should not go to.

    Only an earlier export may be replaced, never somebody's folder.

    Args:
        target: path of the SavedModel's folder.

    Raises:
        InputError: for somebody's folder, or one that cannot be written.
    """
    target = os.path.abspath(target)
    check_parent(target)
    if not os.path.lexists(target):
        return
    marks = ("saved_model.pb", "export.json")
    if not all(os.path.isfile(os.path.join(target, mark)) for mark in marks):
        raise InputError(
            "`target` must be new or an earlier export, got "
            f"{target}, which is neither."
        )


def _write(backbone, preprocessing, folder, work):
    keras_file = os.path.join(work, "backbone.keras")
    preprocessing_file = os.path.join(work, "preprocessing.json")
    backbone.save(keras_file)
    _write_json(preprocessing.get_config(), preprocessing_file)
    arguments = (keras_file, preprocessing_file, folder)
    if keras.backend.backend() == "tensorflow":
        write_saved_model(*arguments)
        return
    package = importlib.util.find_spec("keras_attmask")
    paths = [os.path.dirname(package.submodule_search_locations[0])]
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    run_child(
        ["-c", _WRITE, *arguments],
        KERAS_BACKEND="tensorflow",
        PYTHONPATH=os.pathsep.join(paths),
    )


def _export_record(preprocessing, report):
    versions = {
        "keras": keras.__version__,
        "numpy": np.__version__,
        "tensorflow": report.pop("tensorflow"),
    }
    settings = {"backend": keras.backend.backend(), "versions": versions}
    return settings | preprocessing.get_config() | report


def _write_json(values, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)
        file.write("\n")


def _move_folder(folder, target, spare):
    """Puts `folder` in the place of `target`, or leaves all as it was."""
    if not os.path.lexists(target):
        os.replace(folder, target)
        return
    os.replace(target, spare)  # a filled folder cannot be replaced in one go
    try:
        os.replace(folder, target)
    except OSError:
        os.replace(spare, target)
        raise
