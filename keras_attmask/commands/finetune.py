"""attmask finetune"""

import json

from keras_attmask.commands import recipe_flag
from keras_attmask.commands import run_flags
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.recipe import FINETUNING

DETAILS = """
Trains a classifier on a backbone, or its head alone, from labelled images: a
folder with one sub-folder a class, a list of paths with a class, labels or
numbers after a tab, an .npz file, bundled: or tfds:NAME/SPLIT. The run folder
holds recipe, versions, metrics, checkpoints and curves, and in `model` the
network, which `attmask export` and `load_classifier` read by the folder's name;
`best` in it is that of the best epoch.

  attmask finetune --recipe=quickstart
      --recipe.backbone.weights=runs/quickstart-...
  attmask finetune --recipe=full --recipe.backbone.weights=vit.pth
      --recipe.data.train=photos/train --recipe.data.validation=photos/val
  attmask finetune --recipe=linear --recipe.backbone.weights=runs/mine
      --recipe.data.train=photos/train --recipe.data.validation=photos/val
"""


def _define(values, arguments):
    recipe_flag.define(values, arguments, FINETUNING)
    run_flags.define(values)


def _run(values, words):
    require_words(words, [])
    recipe_flag.require(values)
    recipe = recipe_flag.read(values, FINETUNING)
    from keras_attmask.finetuning import finetune  # loads the framework

    result = finetune(
        recipe,
        values.run,
        report=say,
        accept_recipe=values.accept_recipe,
        strategy=values.strategy,
    )
    say(json.dumps(result) if values.json else _summary(result))
    return 0


def _summary(result):
    parts = [f"run {result['run']}", f"{result['seconds']:.0f} s"]
    parts.append(f"{result['images_per_second']:.0f} img/s")
    numbers = list(result)[: list(result).index("best")]
    for name in numbers:
        if result[name] is not None:
            parts.append(f"{name} {result[name]:.4f}")
    if result["best"] is not None:
        parts.append(
            f"best {result['best']:.4f} after epoch {result['best_epoch']}"
        )
    return "  ".join(parts)


COMMAND = Command(
    "finetune",
    "Train a classifier on a backbone.",
    "--recipe=FILE [--recipe.section.field=value ...] [flags]",
    _define,
    _run,
    DETAILS,
    trains=True,
)
