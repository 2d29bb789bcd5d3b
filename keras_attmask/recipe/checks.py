"""Rules that a recipe must keep beyond its types."""

from keras_attmask.recipe.rules import all_from_zero
from keras_attmask.recipe.rules import keep
from keras_attmask.recipe.rules import keep_common
from keras_attmask.recipe.rules import require
from keras_attmask.recipe.rules import rising
from keras_attmask.recipe.sections import GATES
from keras_attmask.recipe.sections import STRATEGIES
from keras_attmask.view_law import whole_views

# What is expected, the test of it, and the fields that must pass.
_RULES = (
    (
        "more than 0",
        lambda value: value > 0,
        "data.channels views.global_size views.local_size backbone.patch_size "
        "backbone.num_layers backbone.num_heads backbone.hidden_dim "
        "head.num_prototypes head.hidden_dim head.bottleneck_dim "
        "objective.student_temperature evaluation.num_neighbors "
        "evaluation.temperature evaluation.every_epochs",
    ),
    (
        "0 or more",
        lambda value: value >= 0,
        "views.local_crops backbone.mlp_dim backbone.num_registers "
        "backbone.layer_scale objective.cls_weight objective.patch_weight "
        "objective.temperature_epochs optimizer.frozen_epochs "
        "evaluation.limit training.chunk_tokens training.picture_epochs",
    ),
    (
        "a number from 0 to 1",
        lambda value: 0 <= value <= 1,
        "views.flip_probability views.jitter_probability "
        "views.grey_probability masking.masking_probability "
        "masking.hint_ratio objective.center_momentum",
    ),
    (
        "a rising pair from 0 to 1",
        lambda value: rising(value, 0, 1),
        "masking.mask_ratio teacher.momentum",
    ),
    (
        "a rising pair above 0, up to 1",
        lambda value: rising(value, 1e-9, 1),
        "views.global_scale views.local_scale",
    ),
    (
        "a rising pair from 0",
        lambda value: rising(value, 0, float("inf")),
        "views.blur_sigma",
    ),
    (
        "two numbers of 0 or more, first and last",
        lambda value: all_from_zero(value, 2),
        "optimizer.weight_decay",
    ),
    (
        "two numbers above 0, first and last",
        lambda value: len(value) == 2 and min(value) > 0,
        "objective.teacher_temperature objective.patch_teacher_temperature",
    ),
    (
        "three numbers from 0 to 1: global 1, global 2, local",
        lambda value: all_from_zero(value, 3) and max(value) <= 1,
        "views.blur_probability views.solarize_probability",
    ),
    (
        "four numbers of 0 or more: brightness, contrast, saturation, hue",
        lambda value: all_from_zero(value, 4),
        "views.jitter",
    ),
    (
        f"one of {', '.join(STRATEGIES)}",
        lambda value: value in STRATEGIES,
        "masking.strategy",
    ),
    (
        f"one of {', '.join(GATES)}",
        lambda value: value in GATES,
        "masking.gate",
    ),
    (
        "one of normal, sincos",
        lambda value: value in ("normal", "sincos"),
        "backbone.position_initial",
    ),
    ("some text", bool, "data.source"),
    ("2 or more", lambda value: value >= 2, "views.global_crops"),
    (
        "more than 0, up to 1",
        lambda value: 0 < value <= 1,
        "evaluation.crop_ratio",
    ),
)


def check(recipe):
    """Refuses what types alone cannot.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    keep_common(recipe)
    keep(recipe, _RULES)
    _check_sizes(recipe)
    _check_channels(recipe)
    _check_objective(recipe)
    _check_parts(recipe)
    require(
        recipe,
        "evaluation.queries",
        lambda value: bool(value) or not recipe.evaluation.bank,
        "a source where evaluation.bank has one",
    )


def _check_sizes(recipe):
    patch, width = recipe.backbone.patch_size, recipe.backbone.hidden_dim
    sizes = ["global_size"] + ["local_size"] * bool(recipe.views.local_crops)
    for name in sizes:
        require(
            recipe,
            f"views.{name}",
            lambda value: value % patch == 0,
            f"a multiple of backbone.patch_size, {patch}",
        )
    require(
        recipe,
        "backbone.num_heads",
        lambda value: width % value == 0,
        f"a divisor of backbone.hidden_dim, {width}",
    )
    require(
        recipe,
        "backbone.hidden_dim",
        lambda value: (
            value % 4 == 0 or recipe.backbone.position_initial != "sincos"
        ),
        "a multiple of 4 for backbone.position_initial=sincos",
    )


def _check_channels(recipe):
    channels = recipe.data.channels
    for name in ("mean", "std"):
        require(
            recipe,
            f"data.{name}",
            lambda value: len(value) == channels,
            f"one number a channel, {channels} as in data.channels",
        )
    require(
        recipe,
        "data.std",
        lambda value: min(value) > 0,
        "numbers above 0",
    )


def _check_parts(recipe):
    views = recipe.views.global_crops
    require(
        recipe,
        "masking.masking_probability",
        lambda value: (
            recipe.masking.gate == "independent"
            or whole_views(value, views) is not None
        ),
        f"a multiple of 1/{views} for masking.gate=stratified",
    )


def _check_objective(recipe):
    strategy, objective = recipe.masking.strategy, recipe.objective
    require(
        recipe,
        "objective.patch_weight",
        lambda value: value == 0 or strategy != "none",
        "0 where masking.strategy is none (there is nothing to predict)",
    )
    require(
        recipe,
        "objective.cls_weight",
        lambda value: value > 0 or objective.patch_weight > 0,
        "more than 0 where objective.patch_weight is 0",
    )
