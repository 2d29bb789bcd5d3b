"""Rules that a recipe of fine-tuning must keep beyond its types."""

from keras_attmask.recipe import rules
from keras_attmask.recipe.rules import keep
from keras_attmask.recipe.rules import keep_common
from keras_attmask.recipe.rules import require
from keras_attmask.tasks import POOLINGS
from keras_attmask.tasks import TASKS

# What is expected, the test of it, and the fields that must pass.
_RULES = (
    ("some text", bool, "data.train backbone.weights"),
    (
        "more than 0",
        lambda value: value > 0,
        "backbone.num_blocks augmentation.rand_augment_ops "
        "evaluation.every_epochs evaluation.batch_size",
    ),
    (
        "0 or more",
        lambda value: value >= 0,
        "data.validation_limit backbone.num_heads backbone.image_size "
        "augmentation.mixup augmentation.cutmix optimizer.weight_decay",
    ),
    (
        "a number from 0 to 1",
        lambda value: 0 <= value <= 1,
        "data.crop_ratio augmentation.flip_probability "
        "augmentation.jitter_probability augmentation.random_erasing "
        "augmentation.mix_probability augmentation.switch_probability",
    ),
    (
        "a number from 0 to 10",
        lambda value: 0 <= value <= 10,
        "augmentation.rand_augment",
    ),
    (
        "0 or more, below 1",
        lambda value: 0 <= value < 1,
        "data.hold_out objective.label_smoothing training.ema",
    ),
    (
        "more than 0, up to 1",
        lambda value: 0 < value <= 1,
        "optimizer.layer_decay",
    ),
    (
        "a rising pair above 0, up to 1",
        lambda value: rules.rising(value, 1e-9, 1),
        "augmentation.crop_scale",
    ),
    (
        "four numbers of 0 or more: brightness, contrast, saturation, hue",
        lambda value: rules.all_from_zero(value, 4),
        "augmentation.jitter",
    ),
    (
        f"one of {', '.join(TASKS)}",
        lambda value: value in TASKS,
        "objective.task",
    ),
    (
        f"one of {', '.join(POOLINGS)}",
        lambda value: value in POOLINGS,
        "backbone.pooling",
    ),
)


def check(recipe):
    """Refuses what types alone cannot.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    keep_common(recipe)
    keep(recipe, _RULES)
    mean, epochs = recipe.data.mean, recipe.training.epochs
    require(
        recipe,
        "optimizer.warmup_epochs",
        lambda value: value <= epochs,
        f"at most training.epochs, {epochs}",
    )
    require(
        recipe,
        "data.std",
        lambda value: len(value) == len(mean) and all(v > 0 for v in value),
        "as many numbers above 0 as data.mean has",
    )
    if recipe.objective.task == "regression":
        require(
            recipe,
            "objective.label_smoothing",
            lambda value: value == 0,
            "0 for objective.task=regression, which has no labels",
        )
    if recipe.backbone.frozen:
        require(
            recipe,
            "backbone.pretrained",
            bool,
            "true where backbone.frozen is",
        )
