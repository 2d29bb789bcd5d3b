"""attmask evaluate"""

import json

from absl import flags

from keras_attmask.commands import backbone_input
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

DETAILS = """
PROTOCOL is one of these; all look at class tokens:

  knn      each image gets the class that the most similar labelled images vote
           for; the share of right answers, first and among five
  lowshot  the same and a logistic regression, taught by 1, 5, 10 and 20 images
           a class; means over five draws and their deviations
  cluster  k-means finds as many groups as there are classes, without labels;
           mutual information, Rand, Fowlkes-Mallows, accuracy of the best match

  attmask evaluate knn --backbone=runs/quickstart-... \\
    --data=bundled:fashion_mnist
  attmask evaluate lowshot --backbone=vit.keras --train=photos --data=new_photos
  attmask evaluate cluster --backbone=vit.pth --data=photos

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
    scores = PROTOCOLS[protocol](values, *_backbone(values))
    if values.json:
        say(json.dumps(scores))
    else:
        say("  ".join(f"{k} {_shown(v)}" for k, v in scores.items()))
    return 0


def _shown(value):
    return str(value) if isinstance(value, int) else f"{100 * value:.2f} %"


def _backbone(values):
    """The backbone, and how images are prepared for it."""
    from keras_attmask.applications import load_backbone

    with naming("--backbone"):
        backbone = load_backbone(values.backbone)
    preprocessing = backbone_input.preprocessing_of(
        values, backbone, values.backbone
    )
    return backbone, preprocessing


def _both_halves(values):
    from keras_attmask.commands.labelled_data import train_and_test

    return train_and_test(values.train, values.data, values.limit or None)


def _knn(values, backbone, preprocessing):
    from keras_attmask.evaluation import knn

    return knn(
        backbone,
        _both_halves(values),
        preprocessing,
        values.num_neighbors,
        values.temperature,
    )


def _lowshot(values, backbone, preprocessing):
    from keras_attmask.evaluation import lowshot

    with naming("--data"):
        return lowshot(backbone, _both_halves(values), preprocessing)


def _cluster(values, backbone, preprocessing):
    from keras_attmask.commands.labelled_data import labelled
    from keras_attmask.evaluation import cluster

    if values.train:
        raise InputError(
            f"--train: expected none for cluster, which learns from no "
            f"labels, got {values.train!r}"
        )
    source = labelled("--data", values.data, values.limit or None)
    return cluster(backbone, source, preprocessing)


PROTOCOLS = {"knn": _knn, "lowshot": _lowshot, "cluster": _cluster}


COMMAND = Command(
    "evaluate",
    "Measure how good a backbone is.",
    "PROTOCOL --backbone=X --data=D [--train=T] [flags]",
    _define,
    _run,
    DETAILS,
)
