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

FORMATS = ("saved_model", "onnx", "litert", "keras")
SIGNATURES = ("features", "tokens", "attention")
DETAILS = """
BACKBONE is a run folder, a .keras or a .weights.h5 file. What is exported
takes uint8 images of any size and number, prepares them itself, and is checked
against the live model, in a fresh process that has nothing of this package,
before it is kept. A SavedModel has all signatures; an .onnx or a .tflite file
answers one, with a .json file beside it that tells what was measured. What
these two need comes by pip install 'keras_attmask[export]'. The format keras
writes one .keras file, the network alone.

  attmask export runs/quickstart-... my_model
  attmask export runs/quickstart-... my_model.onnx --format=onnx
  attmask export runs/quickstart-... my_model.tflite --format=litert
      --signature=tokens
  attmask export runs/quickstart-... my_model.keras --format=keras
"""
_KEEPS = {
    "saved_model": "which keeps all signatures",
    "keras": "which keeps the whole network",
}


def _define(values, arguments):
    flags.DEFINE_string(
        "format",
        "saved_model",
        f"one of {', '.join(FORMATS)}",
        flag_values=values,
    )
    flags.DEFINE_string(
        "signature",
        None,
        f"what an onnx or litert file answers, one of {', '.join(SIGNATURES)}: "
        "class token (by default), class and patch tokens, or class attention",
        flag_values=values,
    )
    backbone_input.define(values)
    flags.DEFINE_bool(
        "json", False, "print one JSON object", flag_values=values
    )


def _run(values, words):
    source, target = require_words(words, ["BACKBONE", "TARGET"])
    _check_choices(values)
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


def _check_choices(values):
    signature = values.signature
    for name, given, known in (
        ("format", values.format, FORMATS),
        ("signature", signature, (None, *SIGNATURES)),
    ):
        if given not in known:
            choices = ", ".join(filter(None, known))
            raise InputError(
                f"--{name}: expected one of {choices}, got {given!r}"
            )
    if signature is not None and values.format in _KEEPS:
        raise InputError(
            f"--signature: expected none with --format={values.format}, "
            f"{_KEEPS[values.format]}, got {signature!r}"
        )


def _export(values, source, target):
    from keras_attmask import export
    from keras_attmask.applications import load_backbone

    with naming("BACKBONE"):
        backbone = load_backbone(source)
    preprocessing = backbone_input.preprocessing_of(values, backbone, source)
    if values.format == "keras":
        export.export_keras(backbone, target)
        return {}
    if values.format == "saved_model":
        difference = export.export_saved_model(backbone, preprocessing, target)
        return {"max_difference": difference}
    signature = values.signature or SIGNATURES[0]
    write = {"onnx": export.export_onnx, "litert": export.export_litert}
    difference = write[values.format](
        backbone, preprocessing, target, signature
    )
    return {"signature": signature, "max_difference": difference}


COMMAND = Command(
    "export",
    "Write a backbone for use in other programs.",
    "BACKBONE TARGET [flags]",
    _define,
    _run,
    DETAILS,
)
