"""attmask evaluate"""

import json
import os
import textwrap

from absl import flags

from keras_attmask.commands import backbone_input
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.commands.protocols.table import PROTOCOLS
from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.folders import keras_home

_PARAGRAPHS = "\n".join(
    textwrap.fill(
        f"{name:13}{protocol.summary}",
        80,
        initial_indent="  ",
        subsequent_indent=" " * 15,
    )
    for name, protocol in PROTOCOLS.items()
)

DETAILS = f"""
PROTOCOL is one of these; `attmask evaluate PROTOCOL --help` shows its flags:

{_PARAGRAPHS}

  attmask evaluate knn --backbone=runs/quickstart-... \\
    --data=bundled:fashion_mnist
  attmask evaluate lowshot --backbone=vit.keras --train=photos --data=new_photos
  attmask evaluate cluster --backbone=vit.pth --data=photos

Images are a folder with one sub-folder a class, an .npz file, bundled: or
tfds:NAME/SPLIT, unless the protocol says otherwise.
"""


def _define(values, arguments):
    text = {
        "backbone": "run folder, .keras or .weights.h5 file of a backbone",
        "data": "images to measure on; where images teach and --train is not "
        "given, a folder that holds train/ and test/ (or val/), or a data set "
        "without split",
        "train": "images to learn from",
        "output": "folder for the scores, and for plots where there are any",
        "cache": "folder that keeps features for the next time, under names "
        "that follow from weights and images; `--cache=` keeps none; the "
        "default is features/ beside Keras' models",
    }
    for name, help_text in text.items():
        flags.DEFINE_string(name, None, help_text, flag_values=values)
    flags.DEFINE_integer(
        "limit",
        0,
        "use that many images of each; 0 is all",
        0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "batch_size", 256, "images at once", 1, flag_values=values
    )
    backbone_input.define(values)
    flags.DEFINE_bool(
        "json", False, "print one JSON object", flag_values=values
    )
    name = _protocol_of(values, arguments)
    if name is not None:
        PROTOCOLS[name].define(values)
        PROTOCOLS[name].define_from(values, arguments)


def _protocol_of(values, arguments):
    """The word that names the protocol, none that is a flag's value."""
    before = ""
    for word in arguments:
        flag = before[2:] if before.startswith("--") else ""
        taken = flag in values and not values[flag].boolean
        if word in PROTOCOLS and not taken:
            return word
        before = word
    return None


def _run(values, words):
    (protocol,) = require_words(words, ["PROTOCOL"])
    if protocol not in PROTOCOLS:
        raise InputError(
            f"PROTOCOL: expected one of {', '.join(PROTOCOLS)}, got "
            f"{protocol!r}"
        )
    for name in ("backbone", "data"):
        if not values[name].value:
            raise InputError(f"--{name}: expected a path, got nothing")
    _check_writable(values.output)
    scores = PROTOCOLS[protocol].run(values, _reader(values))
    if values.json:
        say(json.dumps(scores))
    else:
        from keras_attmask.evaluation.record import shown

        width = max(map(len, scores))
        for name, value in scores.items():
            say(f"{name:{width}}  {shown(name, value)}")
    return 0


def _reader(values):
    """The backbone, and how images are prepared for it."""
    from keras_attmask.applications import load_backbone
    from keras_attmask.evaluation import Reader

    with naming("--backbone"):
        backbone = load_backbone(values.backbone)
    preprocessing = backbone_input.preprocessing_of(
        values, backbone, values.backbone
    )
    return Reader(backbone, preprocessing, values.batch_size, _cache(values))


def _check_writable(output):
    """Refuses a folder for results before the work, not behind it."""
    if output and not _can_be_written(output):
        raise InputError(
            f"--output: expected a folder that can be written, got {output!r}"
        )


def _can_be_written(folder):
    """Whether a folder, which is made, takes files."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _cache(values):
    """Where features are kept, or None."""
    from keras_attmask.evaluation import FeatureCache

    folder = values.cache
    if folder is None:
        folder = keras_home() / "keras_attmask" / "features"
        if not _can_be_written(folder):  # nobody has asked for one
            return None
    return FeatureCache(folder) if folder else None


COMMAND = Command(
    "evaluate",
    "Measure how good a backbone is.",
    "PROTOCOL --backbone=X --data=D [--train=T] [flags]",
    _define,
    _run,
    DETAILS,
)
