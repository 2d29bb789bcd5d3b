"""attmask evaluate"""

import json

from absl import flags

from keras_attmask.commands import backbone_input
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

PROTOCOLS = ("knn",)
DETAILS = """
PROTOCOL is knn: each image gets the class that the most similar labelled
images vote for, by class tokens. It prints the share of right answers.

  attmask evaluate knn --backbone=runs/quickstart-... \\
    --data=bundled:fashion_mnist
  attmask evaluate knn --backbone=vit.keras --train=photos --data=new_photos

Images are a folder with one sub-folder a class, an .npz file, bundled: or
tfds:NAME/SPLIT.
"""


def _define(values, arguments):
    text = {
        "backbone": "run folder, .keras or .weights.h5 file of a backbone",
        "data": "labelled images to classify; without --train, a folder that "
        "holds train/ and test/ (or val/), or a data set without split",
        "train": "labelled images that vote",
    }
    for name, help_text in text.items():
        flags.DEFINE_string(name, None, help_text, flag_values=values)
    flags.DEFINE_integer(
        "num_neighbors", 20, "images that vote on each", 1, flag_values=values
    )
    flags.DEFINE_float(
        "temperature",
        0.07,
        "divides the similarity; lower listens to the nearest only",
        0.0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "limit",
        0,
        "use that many images of each; 0 is all",
        0,
        flag_values=values,
    )
    backbone_input.define(values)
    flags.DEFINE_bool(
        "json", False, "print one JSON object", flag_values=values
    )


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
    scores = _knn(values)
    if values.json:
        say(json.dumps(scores))
    else:
        say("  ".join(f"{k} {100 * v:.2f} %" for k, v in scores.items()))
    return 0


def _knn(values):
    from keras_attmask.applications import load_backbone
    from keras_attmask.commands.labelled_data import train_and_test
    from keras_attmask.evaluation import knn

    with naming("--backbone"):
        backbone = load_backbone(values.backbone)
    preprocessing = backbone_input.preprocessing_of(
        values, backbone, values.backbone
    )
    limit = values.limit or None
    return knn(
        backbone,
        train_and_test(values.train, values.data, limit),
        preprocessing,
        values.num_neighbors,
        values.temperature,
    )


COMMAND = Command(
    "evaluate",
    "Measure how good a backbone is.",
    "PROTOCOL --backbone=X --data=D [--train=T] [flags]",
    _define,
    _run,
    DETAILS,
)
