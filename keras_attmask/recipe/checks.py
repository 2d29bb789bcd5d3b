"""Rules that a recipe must keep."""

from keras_attmask.errors import InputError
from keras_attmask.recipe.sections import STRATEGIES


def _require(holds, place, expected, got):
    if not holds:
        raise InputError(f"recipe.{place}: expected {expected}, got {got!r}")


def check(recipe):
    """Refuses what types alone cannot.

    Raises:
        InputError: naming the field, what was expected and what came.
    """
    _check_sizes(recipe)
    _check_laws(recipe)
    masking, objective = recipe.masking, recipe.objective
    _require(
        masking.strategy in STRATEGIES,
        "masking.strategy",
        f"one of {', '.join(STRATEGIES)}",
        masking.strategy,
    )
    _require(
        masking.strategy != "none" or objective.patch_weight == 0,
        "objective.patch_weight",
        "0 where masking.strategy is none (there is nothing to predict)",
        objective.patch_weight,
    )
    dtypes = ("float32", "mixed_bfloat16", "mixed_float16")
    _require(
        recipe.training.dtype in dtypes,
        "training.dtype",
        f"one of {', '.join(dtypes)}",
        recipe.training.dtype,
    )
    initials = ("normal", "sincos")
    _require(
        recipe.backbone.position_initial in initials,
        "backbone.position_initial",
        f"one of {', '.join(initials)}",
        recipe.backbone.position_initial,
    )
    evaluation = recipe.evaluation
    _require(
        bool(evaluation.bank) == bool(evaluation.queries),
        "evaluation.queries",
        "a source where evaluation.bank has one, and none otherwise",
        evaluation.queries,
    )


def _check_sizes(recipe):
    positive = {
        "backbone": ("patch_size", "num_layers", "num_heads", "hidden_dim"),
        "head": ("num_prototypes", "hidden_dim", "bottleneck_dim"),
        "training": ("batch_size", "epochs", "log_every"),
        "views": ("global_size", "local_size"),
        "evaluation": ("num_neighbors", "temperature", "every_epochs"),
        "data": ("channels",),
        "objective": ("student_temperature",),
    }
    for section, names in positive.items():
        for name in names:
            value = getattr(getattr(recipe, section), name)
            _require(value > 0, f"{section}.{name}", "more than 0", value)
    views, patch = recipe.views, recipe.backbone.patch_size
    _require(
        views.global_crops >= 2,
        "views.global_crops",
        "2 or more",
        views.global_crops,
    )
    _require(
        views.local_crops >= 0,
        "views.local_crops",
        "0 or more",
        views.local_crops,
    )
    sizes = ["global_size"] + ["local_size"] * bool(views.local_crops)
    for name in sizes:
        size = getattr(views, name)
        _require(
            size % patch == 0,
            f"views.{name}",
            f"a multiple of backbone.patch_size, {patch}",
            size,
        )
    width, heads = recipe.backbone.hidden_dim, recipe.backbone.num_heads
    _require(
        width % heads == 0,
        "backbone.num_heads",
        f"a divisor of backbone.hidden_dim, {width}",
        heads,
    )


def _check_laws(recipe):
    pairs = {
        "views": ("global_scale", "local_scale"),
        "masking": ("mask_ratio",),
        "teacher": ("momentum",),
    }
    for section, names in pairs.items():
        for name in names:
            value = getattr(getattr(recipe, section), name)
            _require(
                len(value) == 2 and 0 <= value[0] <= value[1] <= 1,
                f"{section}.{name}",
                "a rising pair within [0, 1]",
                value,
            )
    for name in ("blur_probability", "solarize_probability"):
        value = getattr(recipe.views, name)
        _require(
            len(value) == 3 and all(0 <= p <= 1 for p in value),
            f"views.{name}",
            "three probabilities: global 1, global 2, local",
            value,
        )
    for name, value in (
        ("data.mean", recipe.data.mean),
        ("data.std", recipe.data.std),
    ):
        channels = recipe.data.channels
        _require(
            len(value) == channels,
            name,
            f"{channels} numbers, one a channel",
            value,
        )
