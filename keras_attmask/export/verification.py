"""Compares an exported backbone with the live model, from outside."""

import json
import os

import numpy as np
from keras import ops

from keras_attmask.errors import ExportError
from keras_attmask.export.child import run_child
from keras_attmask.export.signatures import all_outputs
from keras_attmask.full_float32 import full_float32
from keras_attmask.one_program import as_one

_STRANGER = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "stranger.py"
)
# Resizing rounds to whole grey levels, twice. Where a value lies within a
# float32 error of one half, two backends may round it apart.
_GREY_LEVELS = 2


def verify(backbone, preprocessing, images, form, folder, work):
    """Differences between what is exported and the live model.

    Preparation and backbone are compared one by one: the live backbone sees
    the pixels that the export prepared, so that one grey level rounded the
    other way does not pass for an error of the network.

    Args:
        backbone: live float32 `VisionTransformer`.
        preprocessing: `data.preprocessing.Preprocessing`.
        images: uint8 `(B, h, w, C)`.
        form: what it is, `verified.Form`.
        folder: where it lies.
        work: folder for temporary files.

    Returns:
        "max_difference" over all outputs (of scores that are no shares, in
        parts of the largest), "max_grey_levels" over all
        prepared pixels, "versions" (of the runtime), "signatures".

    Raises:
        ExportError: another process could not use it, or its answers are
            not those that are promised.
    """
    answers, facts = _ask_stranger(images, form.name, folder, work)
    pixels = answers.pop("pixels")
    with full_float32():
        prepared = ops.convert_to_numpy(as_one(preprocessing, images))
        outputs = all_outputs(backbone, ops.convert_to_tensor(pixels))
    expected = {
        f"{signature}.{name}": ops.convert_to_numpy(outputs[name])
        for signature, names in form.signatures.items()
        for name in names
    }
    scale = 255 * np.asarray(preprocessing.std)
    return facts | {
        "max_difference": _largest_difference(answers, expected),
        "max_grey_levels": _largest_difference(
            {"pixels": pixels * scale}, {"pixels": prepared * scale}
        ),
    }


def check_differences(report, tolerance):
    """Raises ExportError if a report of `verify` is not good enough."""
    for name, limit in (
        ("max_difference", tolerance),
        ("max_grey_levels", _GREY_LEVELS + 1e-3),
    ):
        if not report[name] <= limit:  # NaN fails, too
            raise ExportError(
                f"the export is not the live model: {name} is "
                f"{report[name]:.3g}, expected at most {limit:.3g}."
            )


def _ask_stranger(images, form, folder, work):
    images_file, answers_file, facts_file = (
        os.path.join(work, name)
        for name in ("images.npy", "answers.npz", "facts.json")
    )
    np.save(images_file, images)
    run_child([_STRANGER, form, folder, images_file, answers_file, facts_file])
    with np.load(answers_file) as answers:
        answers = dict(answers)
    with open(facts_file, encoding="utf-8") as file:
        return answers, json.load(file)


def _largest_difference(found, expected):
    shapes, promised = (
        {name: values.shape for name, values in arrays.items()}
        for arrays in (found, expected)
    )
    if shapes != promised:
        raise ExportError(f"the export must answer {promised}, got {shapes}.")
    return float(
        np.max(
            [
                np.abs(found[name] - expected[name]).max()
                / _unit(name, expected[name])
                for name in found
            ]
        )
    )


def _unit(name, values):
    """What a difference is measured in: scores may be years or metres."""
    is_score = name.endswith(".scores")
    return max(1.0, np.abs(values).max()) if is_score else 1.0
