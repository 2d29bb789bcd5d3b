"""What can be ordered by a recipe."""

import dataclasses

from keras_attmask.recipe import checks
from keras_attmask.recipe import finetuning_checks
from keras_attmask.recipe.finetuning import FinetuneRecipe
from keras_attmask.recipe.sections import Recipe


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of recipe.

    Attributes:
        command: of `attmask`, that takes it.
        sections: its frozen dataclass.
        check: refuses what types alone cannot.
        folder: where, below the folder of recipes, its recipes lie.
    """

    command: str
    sections: type
    check: callable
    folder: str


PRETRAINING = Kind("pretrain", Recipe, checks.check, ".")
FINETUNING = Kind(
    "finetune", FinetuneRecipe, finetuning_checks.check, "finetune"
)
KINDS = (PRETRAINING, FINETUNING)
