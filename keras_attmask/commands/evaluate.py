"""attmask evaluate"""

import json

from absl import flags

from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError

PROTOCOLS = ("knn",)
DETAILS = """
PROTOCOL is knn: the weighted vote of the nearest training images, on class
tokens.

  attmask evaluate knn --backbone=runs/quickstart-... \\
    --train=bundled:fashion_mnist/train --data=bundled:fashion_mnist/test
"""


def _define(values, arguments):
    text = {
        "backbone": "run folder, .keras or .weights.h5 file of a backbone",
        "data": "labelled images to classify: folder, .npz, tfds:, bundled:",
        "train": "labelled images that vote",
    }
    for name, help_text in text.items():
        flags.DEFINE_string(name, None, help_text, flag_values=values)
    flags.DEFINE_integer(
        "num_neighbors", 20, "voters an image", 1, flag_values=values
    )
    flags.DEFINE_float(
        "temperature", 0.07, "of a voter's weight", 0.0, flag_values=values
    )
    flags.DEFINE_integer(
        "limit",
        0,
        "use that many images of each; 0 is all",
        0,
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
    (protocol,) = require_words(words, ["PROTOCOL"])
    if protocol not in PROTOCOLS:
        raise InputError(
            f"PROTOCOL: expected one of {', '.join(PROTOCOLS)}, got "
            f"{protocol!r}"
        )
    for name in ("backbone", "data", "train"):
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
    from keras_attmask.commands.backbone_input import preprocessing_of
    from keras_attmask.data import open_source
    from keras_attmask.evaluation import knn

    limit = values.limit or None
    sources = tuple(
        open_source(name, limit=limit) for name in (values.train, values.data)
    )
    backbone = load_backbone(values.backbone)
    return knn(
        backbone,
        sources,
        preprocessing_of(values, backbone, values.backbone),
        values.num_neighbors,
        values.temperature,
    )


COMMAND = Command(
    "evaluate",
    "Measure what a backbone is worth.",
    "PROTOCOL --backbone=X --train=T --data=D [flags]",
    _define,
    _run,
    DETAILS,
)
