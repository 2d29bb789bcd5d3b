"""attmask export"""

import json

from absl import flags

from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError

FORMATS = ("saved_model", "keras")
DETAILS = """
BACKBONE is a run folder, a .keras or a .weights.h5 file. A SavedModel takes
uint8 images of any size, prepares them itself, and is checked against the
live model in a fresh TensorFlow process before it is kept.

  attmask export runs/quickstart-... my_model
"""


def _define(values, arguments):
    flags.DEFINE_string(
        "format",
        "saved_model",
        f"one of {', '.join(FORMATS)}",
        flag_values=values,
    )
    flags.DEFINE_list(
        "mean",
        None,
        "channel means from 0 to 1; read from a run folder",
        flag_values=values,
    )
    flags.DEFINE_list(
        "std", None, "channel deviations, likewise", flag_values=values
    )
    flags.DEFINE_float(
        "crop_ratio",
        None,
        "share of an image's side that is kept",
        0.0,
        1.0,
        flag_values=values,
    )
    flags.DEFINE_bool(
        "json", False, "print one JSON object", flag_values=values
    )


def _run(values, words):
    source, target = require_words(words, ["BACKBONE", "TARGET"])
    if values.format not in FORMATS:
        raise InputError(
            f"--format: expected one of {', '.join(FORMATS)}, got "
            f"{values.format!r}"
        )
    result = {"target": target, "format": values.format}
    result.update(_export(values, source, target))
    if values.json:
        say(json.dumps(result))
    else:
        say("  ".join(f"{name} {value}" for name, value in result.items()))
    return 0


def _export(values, source, target):
    from keras_attmask.applications import load_backbone
    from keras_attmask.commands.backbone_input import preprocessing_of
    from keras_attmask.export import export_keras
    from keras_attmask.export import export_saved_model

    backbone = load_backbone(source)
    if values.format == "keras":
        export_keras(backbone, target)
        return {}
    difference = export_saved_model(
        backbone, preprocessing_of(values, backbone, source), target
    )
    return {"max_difference": difference}


COMMAND = Command(
    "export",
    "Write a backbone for use elsewhere.",
    "BACKBONE TARGET [flags]",
    _define,
    _run,
    DETAILS,
)
