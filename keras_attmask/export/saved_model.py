"""A backbone with its preprocessing as a verified TensorFlow SavedModel."""

import json
import os

import keras

from keras_attmask.errors import InputError
from keras_attmask.export.place import check_parent
from keras_attmask.export.saved_model_writer import write_saved_model
from keras_attmask.export.signatures import check_signature
from keras_attmask.export.signatures import signatures_of
from keras_attmask.export.under_tensorflow import call_under_tensorflow
from keras_attmask.export.under_tensorflow import write_json
from keras_attmask.export.verified import Form
from keras_attmask.export.verified import verified
from keras_attmask.folders import move_folder


def export_saved_model(
    backbone,
    preprocessing,
    target,
    check_images=None,
    tolerance=1e-5,
    signature="features",
):
    """Writes a SavedModel folder that needs TensorFlow and nothing else.

    Its signatures take uint8 `images` `(B, h, w, C)` of any size and number:
    `features` gives "class_token" `(B, D)`; `tokens` gives also
    "patch_tokens" `(B, N, D)`; `attention` gives "class_attention"
    `(B, rows, columns)`; and where there is a head, `classifier` gives
    "scores" `(B, K)`. `serving_default` is one of them. `export.json` beside
    the graph tells what was measured and how images are prepared.

    Args:
        backbone: `VisionTransformer`, or a model that stands on one; a
            mixed-precision one is served in float32. It is not changed.
        preprocessing: `data.preprocessing.Preprocessing`.
        target: folder to write; an earlier export is replaced at the end.
        check_images: uint8 `(B, h, w, C)` for the comparison with the live
            model; None takes 8 of the bundled pictures.
        tolerance: greatest absolute difference that passes.
        signature: which is `serving_default`.

    Returns:
        The greatest absolute difference over all outputs.

    Raises:
        InputError: a target or check images that cannot be used, or no
            TensorFlow.
        ExportError: a child process failed, or the difference is too
            great; nothing is left behind.
    """
    target = os.path.abspath(target)
    check_saved_model_target(target)
    default = {"serving_default": check_signature(signature, backbone)}
    signatures = default | signatures_of(backbone)

    def write(*paths):
        _write(*paths, json.dumps(signatures))

    form = Form("saved_model", signatures, ("tensorflow",), write)
    with verified(
        form, backbone, preprocessing, target, check_images, tolerance
    ) as (folder, work, record):
        write_json(record, os.path.join(folder, "export.json"))
        move_folder(folder, target, os.path.join(work, "earlier"))
    return record["max_difference"]


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


def _write(*arguments):
    if keras.backend.backend() == "tensorflow":
        write_saved_model(*arguments)
    else:
        call_under_tensorflow(write_saved_model, *arguments)
