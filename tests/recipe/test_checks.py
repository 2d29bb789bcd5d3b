import pytest

from keras_attmask.errors import InputError
from keras_attmask.recipe import make_recipe


def nested(changes):
    sections = {}
    for place, value in changes.items():
        if "." in place:
            section, name = place.split(".")
            sections.setdefault(section, {})[name] = value
        else:
            sections[place] = value
    return sections


@pytest.mark.parametrize(
    "place, value",
    [
        ("name", ""),
        ("name", "a/b"),
        ("data.source", ""),
        ("data.limit", -1),
        ("data.processes", -2),
        ("data.channels", 0),
        ("data.unreadable", 1.5),
        ("data.mean", (0.5,)),
        ("data.std", (0.5, 0.5)),
        ("data.std", (0.5, 0.0, 0.5)),
        ("views.global_crops", 1),
        ("views.local_crops", -1),
        ("views.global_size", 225),
        ("views.local_size", 100),
        ("views.global_scale", (0.5, 0.2)),
        ("views.global_scale", (0.5,)),
        ("views.local_scale", (0.0, 0.2)),
        ("views.flip_probability", 1.5),
        ("views.jitter", (0.1, 0.1)),
        ("views.jitter", (0.1, 0.1, 0.1, -0.1)),
        ("views.blur_sigma", (2.0, 1.0)),
        ("views.blur_probability", (1.0, 1.0)),
        ("views.solarize_probability", (0.0, 0.0, 1.1)),
        ("backbone.patch_size", 0),
        ("backbone.patch_size", 15),
        ("backbone.num_heads", 5),
        ("backbone.num_layers", 0),
        ("backbone.mlp_dim", -1),
        ("backbone.stochastic_depth_rate", 1.0),
        ("backbone.position_initial", "random"),
        ("head.num_prototypes", 0),
        ("masking.strategy", "highest"),
        ("masking.gate", "strict"),
        ("masking.mask_ratio", (0.1, 1.5)),
        ("training.accumulation", 0),
        ("training.accumulation", 7),
        ("training.chunk_tokens", -1),
        ("masking.hint_ratio", -0.1),
        ("masking.masking_probability", 2.0),
        ("objective.patch_weight", -1.0),
        ("objective.student_temperature", 0.0),
        ("objective.teacher_temperature", (0.04,)),
        ("objective.patch_teacher_temperature", (0.0, 0.07)),
        ("objective.center_momentum", 1.1),
        ("optimizer.learning_rate", -1e-3),
        ("optimizer.weight_decay", (0.04, 0.4, 0.4)),
        ("teacher.momentum", (1.0, 0.9)),
        ("training.batch_size", 0),
        ("training.epochs", 0),
        ("training.dtype", "float16"),
        ("training.seed", -1),
        ("training.seed", 2**31),
        ("evaluation.num_neighbors", 0),
        ("evaluation.crop_ratio", 0.0),
    ],
)
def test_a_value_out_of_bounds_is_named(place, value):
    # A patch of 15 is found where it does not fit: at the image size.
    named = "views.global_size" if value == 15 else place
    with pytest.raises(InputError) as caught:
        make_recipe(nested({place: value}))
    message = str(caught.value)
    assert message.startswith(f"recipe.{named}: expected ")
    assert "got " in message and "\n" not in message


@pytest.mark.parametrize(
    "changes, named",
    [
        ({"masking.strategy": "none"}, "objective.patch_weight"),
        (
            {"objective.cls_weight": 0.0, "objective.patch_weight": 0.0},
            "objective.cls_weight",
        ),
        ({"data.channels": 1}, "data.mean"),
        ({"evaluation.bank": "photos"}, "evaluation.queries"),
        (
            {
                "backbone.position_initial": "sincos",
                "backbone.hidden_dim": 18,
            },
            "backbone.hidden_dim",
        ),
    ],
)
def test_fields_must_fit_each_other(changes, named):
    with pytest.raises(InputError, match=f"^recipe.{named}: expected "):
        make_recipe(nested(changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"views.local_crops": 0, "views.local_size": 97},
        {"masking.strategy": "none", "objective.patch_weight": 0.0},
        {"objective.cls_weight": 0.0},
        {"data.channels": 1, "data.mean": (0.3,), "data.std": (0.3,)},
        {"views.global_scale": (1.0, 1.0)},
        {"objective.teacher_temperature": (0.07, 0.04)},
        {"evaluation.bank": "a", "evaluation.queries": "b"},
        {"evaluation.queries": "b"},
    ],
)
def test_unusual_recipes_pass(changes):
    recipe = make_recipe(nested(changes))
    for place, value in changes.items():
        section, name = place.split(".")
        assert getattr(getattr(recipe, section), name) == value


def test_a_stratified_gate_takes_whole_views():
    masking = {"gate": "stratified", "masking_probability": 0.5}
    make_recipe({"masking": masking})
    masking["masking_probability"] = 0.3
    with pytest.raises(InputError, match="masking_probability: .* 1/2 .*0.3"):
        make_recipe({"masking": masking})
