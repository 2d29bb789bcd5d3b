"""attmask pretrain"""

import json

from absl import flags

from keras_attmask.commands import recipe_flag
from keras_attmask.commands import run_flags
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.commands.needs import needs
from keras_attmask.errors import InputError

DETAILS = """
Trains a Vision Transformer on unlabelled images. The run folder holds the
recipe, versions, metrics.jsonl, TensorBoard files, checkpoints, the
backbone and two pictures. Ctrl-C or SIGTERM ends the run after the current
step and saves; with --run=ITS_FOLDER the same command goes on from there.

  attmask pretrain --recipe=recipes/quickstart.py
  attmask pretrain --recipe=folder --recipe.data.source=my_images
  attmask pretrain --recipe=folder --recipe.data.source=my_images --dry-run
"""


def _define(values, arguments):
    recipe_flag.define(values, arguments)
    run_flags.define(values)
    flags.DEFINE_bool(
        "dry_run",
        False,
        "check recipe and images, make two steps of random pixels, print "
        "parameters, FLOP, memory and the largest batch that fits; write "
        "nothing",
        flag_values=values,
    )


def _run(values, words):
    require_words(words, [])
    recipe_flag.require(values)
    recipe = recipe_flag.read(values)
    if values.dry_run:
        return _try(recipe, values)
    from keras_attmask.pretraining import pretrain  # loads the framework

    result = pretrain(
        recipe,
        values.run,
        report=say,
        accept_recipe=values.accept_recipe,
        strategy=values.strategy,
    )
    say(json.dumps(result) if values.json else _summary(result))
    return 0


def _try(recipe, values):
    if values.run is not None:
        raise InputError(
            f"--run: expected none with --dry-run, which writes nothing, "
            f"got {values.run!r}"
        )
    if values.strategy not in ("auto", "none"):
        raise InputError(
            f"--strategy: expected none with --dry-run, which measures one "
            f"device, got {values.strategy!r}"
        )
    from keras_attmask.pretraining import dry_run  # loads the framework

    found = dry_run(recipe, report=say)
    say(json.dumps(found) if values.json else needs(found))
    return 0


def _summary(result):
    parts = [f"run {result['run']}", f"{result['seconds']:.0f} s"]
    parts.append(f"{result['images_per_second']:.0f} img/s")
    names = {
        "knn": "k-NN",
        "knn_random_init": "random network",
        "knn_raw_pixels": "raw pixels",
    }
    for key, name in names.items():
        if result[key] is not None:
            parts.append(f"{name} {100 * result[key]:.1f} %")
    return "  ".join(parts)


COMMAND = Command(
    "pretrain",
    "Train a backbone on unlabelled images.",
    "--recipe=FILE [--recipe.section.field=value ...] [flags]",
    _define,
    _run,
    DETAILS,
    trains=True,
)
