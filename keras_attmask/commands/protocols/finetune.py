"""attmask evaluate finetune"""

import os
import tempfile

from keras_attmask.commands import recipe_flag
from keras_attmask.commands.command import tell
from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import train_and_test_images
from keras_attmask.errors import InputError
from keras_attmask.recipe import FINETUNING

_DEFAULT = "full"


def _define(values, arguments):
    recipe_flag.define(values, [f"--recipe={_DEFAULT}", *arguments], FINETUNING)
    values.set_default("recipe", _DEFAULT)


def _recipe(values, preprocessing):
    """The recipe that the flags name, on their backbone and images."""
    train, test = train_and_test_images(values)
    filled = {
        "saved_model": "",
        "backbone.weights": values.backbone,
        "data.train": train.name,
        "data.validation": test.name,
        "evaluation.batch_size": values.batch_size,
    }
    if values.limit:
        filled["data.limit"] = filled["data.validation_limit"] = values.limit
    if values.mean or values.std:
        filled["data.mean"] = preprocessing.mean
        filled["data.std"] = preprocessing.std
    if values.crop_ratio is not None:
        filled["data.crop_ratio"] = values.crop_ratio
    for place, value in filled.items():
        values[f"recipe.{place}"].value = value
    recipe = recipe_flag.read(values, FINETUNING)
    if recipe.objective.task != "classification":
        raise InputError(
            "--recipe: expected one of classification, got "
            f"objective.task={recipe.objective.task}"
        )
    return recipe


def _run(values, reader):
    from keras_attmask.evaluation.record import recorded
    from keras_attmask.finetuning import finetune

    recipe = _recipe(values, reader.preprocessing)
    with tempfile.TemporaryDirectory() as passing:
        folder = os.path.join(values.output or passing, "finetune")
        result = finetune(recipe, folder, tell)
    if result["interrupted"]:
        raise InputError(
            "finetune: expected all epochs, got a signal; "
            + (
                "the same command goes on"
                if values.output
                else "with --output the same command would go on"
            )
        )
    scores = {
        "accuracy": result["accuracy"],
        "top5_accuracy": result["top5_accuracy"],
        "best_accuracy": result["best"],
        "best_epoch": result["best_epoch"],
    }
    scores = {name: v for name, v in scores.items() if v is not None}
    return recorded(scores, values.output, "finetune")


PROTOCOL = Protocol(
    "finetune",
    "accuracy after all weights were trained by a recipe (--recipe=cifar10, "
    "full, ...), of the last epoch and of the best; --output keeps the run in "
    "its folder finetune, where the same command goes on",
    _run,
    define_from=_define,
)
