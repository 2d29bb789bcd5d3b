"""attmask convert"""

import json

from absl import flags

from keras_attmask.commands import checkpoint_input
from keras_attmask.commands import conversion_table
from keras_attmask.commands.checkpoint_input import FORMATS
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError

TARGETS = (*FORMATS, "keras")
DETAILS = """
SOURCE is a .pth, .pt or .safetensors file, a folder of transformers, a run
folder, a .keras or a .weights.h5 file; its format is found out. Formats:

  official   full checkpoint of AttMask and iBOT: student, teacher, heads
  backbone   their backbone file, {"state_dict": ...}
  dino       a released backbone of DINO
  dinov2     a released backbone of DINOv2
  timm       state dict of a timm vit_*
  hf_vit     folder of transformers' ViTModel
  hf_dinov2  folder of transformers' Dinov2Model, with registers or not
  keras      one .keras file

Every tensor of the source is mapped, or listed as left with the reason; one
that fits nowhere is an error.

  attmask convert checkpoint.pth teacher.safetensors
  attmask convert runs/quickstart-... my_vit --to=hf_vit
"""


def _define(values, arguments):
    flags.DEFINE_string(
        "from",
        None,
        f"format of SOURCE, where it is found wrongly: {', '.join(FORMATS)}",
        flag_values=values,
    )
    flags.DEFINE_string(
        "to",
        None,
        f"format of TARGET, one of {', '.join(TARGETS)}; by its name: "
        ".safetensors is timm, .pth backbone, .keras keras, a folder hf_*",
        flag_values=values,
    )
    checkpoint_input.define(values)
    flags.DEFINE_bool(
        "json", False, "print one JSON object", flag_values=values
    )


def _run(values, words):
    source, target = require_words(words, ["SOURCE", "TARGET"])
    form = checkpoint_input.check(values, "from", FORMATS)
    to = checkpoint_input.check(values, "to", TARGETS)
    which = checkpoint_input.check(values, "which", checkpoint_input.WHICH)
    if to is None and target.endswith(".keras"):
        to = "keras"
    if which == "both" and to != "official":
        raise InputError(
            "--which: expected teacher or student for a target with one "
            "network, got 'both'"
        )
    checkpoint = _load(values, source, which, form, to)
    to, report = _save(checkpoint, target, to)
    if values.json:
        result = {"source": source, "target": target}
        result |= {"from": checkpoint.format, "to": to}
        result |= {"which": list(checkpoint.networks)}
        result["num_heads"] = checkpoint.backbone.num_heads
        result["read"] = checkpoint.report.to_dict()
        result["written"] = report.to_dict()
        say(json.dumps(result))
    else:
        conversion_table.show(checkpoint.report, report)
        say(f"{source} ({checkpoint.format}) -> {target} ({to})")
    return 0


def _load(values, source, which, form, to):
    if which or to != "official":
        return checkpoint_input.load(source, values, which or "teacher", form)
    return checkpoint_input.load(source, values, "both", form)


def _save(checkpoint, target, to):
    from keras_attmask.convert import Report
    from keras_attmask.convert import save_checkpoint
    from keras_attmask.convert.saver import guess_format
    from keras_attmask.export import export_keras

    if to != "keras":
        to = to or guess_format(target, checkpoint.network)
        return to, save_checkpoint(checkpoint, target, to)
    export_keras(checkpoint.backbone, target)
    return to, Report(left=_beside(checkpoint))


def _beside(checkpoint):
    from keras_attmask.convert.report import Left

    reason = "a .keras file holds the backbone alone"
    parts = {"head": checkpoint.head, "centers": checkpoint.centers}
    left = [Left(name, reason) for name, part in parts.items() if part]
    return left + [Left(name, reason) for name in checkpoint.network.aside]


COMMAND = Command(
    "convert",
    "Move weights between this library and others.",
    "SOURCE TARGET [flags]",
    _define,
    _run,
    DETAILS,
)
