"""attmask export"""

import json
import sys

from absl import flags

from keras_attmask.commands import backbone_input
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

FORMATS = ("saved_model", "keras")
DETAILS = """
BACKBONE is a run folder, a .keras or a .weights.h5 file. A SavedModel takes
uint8 images of any size, prepares them itself, and is checked against the
live model in a fresh TensorFlow process before it is kept. The format keras
writes one .keras file.

  attmask export runs/quickstart-... my_model
  attmask export runs/quickstart-... my_model.keras --format=keras
"""


def _define(values, arguments):
    flags.DEFINE_string(
        "format",
        "saved_model",
        f"one of {', '.join(FORMATS)}",
        flag_values=values,
    )
    backbone_input.define(values)
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
    try:
        result.update(_export(values, source, target))
    except RuntimeError as error:  # the check, or a process of the export
        print(f"attmask: failed: {error}", file=sys.stderr)
        return 1
    if values.json:
        say(json.dumps(result))
    else:
        say("  ".join(f"{name} {value}" for name, value in result.items()))
    return 0


def _export(values, source, target):
    from keras_attmask.applications import load_backbone
    from keras_attmask.export import export_keras
    from keras_attmask.export import export_saved_model

    with naming("BACKBONE"):
        backbone = load_backbone(source)
    preprocessing = backbone_input.preprocessing_of(values, backbone, source)
    if values.format == "keras":
        export_keras(backbone, target)
        return {}
    difference = export_saved_model(backbone, preprocessing, target)
    return {"max_difference": difference}


COMMAND = Command(
    "export",
    "Write a backbone for use in other programs.",
    "BACKBONE TARGET [flags]",
    _define,
    _run,
    DETAILS,
)
