"""Rules that a recipe of fine-tuning must keep beyond its types."""

from keras_attmask.recipe import rules
from keras_attmask.recipe.rules import keep
from keras_attmask.recipe.rules import require
from keras_attmask.tasks import POOLINGS
from keras_attmask.tasks import TASKS

_DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")
# What is expected, the test of it, and the fields that must pass.
_RULES = (
    ("some text", bool, "data.train backbone.weights"),
    (
        "text without slashes",
        lambda value: bool(value) and not set(value) & set("/\\"),
        "name",
    ),
    (
        "more than 0",
        lambda value: value > 0,
        "backbone.num_blocks augmentation.rand_augment_ops "
        "training.batch_size training.epochs training.accumulation "
        "training.log_every training.keep evaluation.every_epochs "
        "evaluation.batch_size",
    ),
    (
        "0 or more",
        lambda value: value >= 0,
        "data.limit data.validation_limit backbone.num_heads "
        "backbone.image_size augmentation.mixup augmentation.cutmix "
        "optimizer.learning_rate optimizer.final_learning_rate "
        "optimizer.warmup_epochs optimizer.weight_decay optimizer.clip_norm "
        "training.save_minutes training.skip_nonfinite",
    ),
    ("-1 or more", lambda value: value >= -1, "data.processes"),
    (
        "a number from 0 to 1",
        lambda value: 0 <= value <= 1,
        "data.unreadable data.crop_ratio augmentation.flip_probability "
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
        "backbone.stochastic_depth_rate objective.label_smoothing training.ema",
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
    (
        f"one of {', '.join(_DTYPES)}",
        lambda value: value in _DTYPES,
        "training.dtype",
    ),
    (
        "a whole number from 0 to 2147483647",
        lambda value: 0 <= value < 2**31,
        "training.seed",
    ),
)


def check(recipe):
    """Refuses what types alone cannot.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    keep(recipe, _RULES)
    size, mean = recipe.training.batch_size, recipe.data.mean
    require(
        recipe,
        "training.accumulation",
        lambda value: size % value == 0,
        f"a divisor of training.batch_size, {size}",
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
