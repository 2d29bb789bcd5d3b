"""attmask export"""

import json
import sys

from absl import flags

from keras_attmask.commands import backbone_input
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import ExportError
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

FORMATS = ("saved_model", "onnx", "litert", "keras")
SIGNATURES = ("features", "tokens", "attention", "classifier")
DETAILS = """
BACKBONE is a run folder, a preset, a .keras or a .weights.h5 file, or a
checkpoint. What is exported takes uint8 images of any size and number,
prepares them itself, and is checked against the live model, in a fresh process
that has nothing of this package, before it is kept. A SavedModel has all
signatures; an .onnx or a .tflite file answers one, with a .json file beside it
that tells what was measured. What these two need comes by pip install
'keras_attmask[export]'. The format keras writes one .keras file, the network
alone. Where there is a head, as in the run folder of a fine-tuning, it is
exported with the backbone.

  attmask export runs/quickstart-... my_model
  attmask export runs/quickstart-... my_model.onnx --format=onnx
  attmask export runs/quickstart-... my_model.tflite --format=litert
      --signature=tokens
  attmask export runs/quickstart-... my_model.keras --format=keras
"""


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
        f"what an onnx or litert file answers, and a SavedModel by default, "
        f"one of {', '.join(SIGNATURES)}: class token (where there is no head, "
        "by default), class and patch tokens, class attention, or what the "
        "head says (where there is one, by default)",
        flag_values=values,
    )
    flags.DEFINE_float(
        "tolerance",
        1e-5,
        "greatest absolute difference from the live model that passes",
        0.0,
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
    except ExportError as error:
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
    if signature is not None and values.format == "keras":
        raise InputError(
            f"--signature: expected none with --format=keras, which keeps the "
            f"whole network, got {signature!r}"
        )


def _export(values, source, target):
    from keras_attmask import export
    from keras_attmask.applications.backbone_file import read_backbone
    from keras_attmask.applications.classifier_file import read_classifier
    from keras_attmask.models.backbone_of import backbone_of

    model = read_classifier(source, "BACKBONE")
    if model is None:
        model = read_backbone(source, "BACKBONE")
    signature = values.signature or _usual(model)
    with naming("--signature"):
        export.check_signature(signature, model)
    if values.format == "keras":
        export.export_keras(model, target)
        return {}
    preprocessing = backbone_input.preprocessing_of(
        values, backbone_of(model), source
    )
    write = {
        "saved_model": export.export_saved_model,
        "onnx": export.export_onnx,
        "litert": export.export_litert,
    }
    difference = write[values.format](
        model,
        preprocessing,
        target,
        signature=signature,
        tolerance=values.tolerance,
    )
    return {"signature": signature, "max_difference": difference}


def _usual(model):
    """The signature of a model that nobody has asked for another."""
    names = [layer.name for layer in model.layers]
    return "classifier" if "predictions" in names else "features"


COMMAND = Command(
    "export",
    "Write a backbone for use in other programs.",
    "BACKBONE TARGET [flags]",
    _define,
    _run,
    DETAILS,
)
