"""Recipes of fine-tuning: those that come along, and their rules."""

import ast

import pytest

from keras_attmask.commands import recipe_flag
from keras_attmask.errors import InputError
from keras_attmask.finetuning.parts import learning_rate
from keras_attmask.recipe import FINETUNING
from keras_attmask.recipe import finetuning
from keras_attmask.recipe import load_recipe_file
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe.finetuning import FinetuneRecipe

PATHS = sorted((recipe_flag.bundled_folder() / "finetune").glob("*.py"))
NEEDED = {"data.train": "photos", "backbone.weights": "vit.pth"}


def made(changes):
    recipe = finetuning()
    for place, value in {**NEEDED, **changes}.items():
        section, name = place.split(".")
        recipe[section][name] = value
    return make_recipe(recipe, FINETUNING)


def test_the_defaults_are_those_of_the_sections():
    recipe = made({})
    assert type(recipe) is FinetuneRecipe
    assert recipe.optimizer == FinetuneRecipe().optimizer
    assert make_recipe(recipe.to_dict(), FINETUNING) == recipe


def test_all_kinds_come_along():
    assert {path.stem for path in PATHS} == {
        "cifar10",
        "cifar100",
        "flowers",
        "full",
        "linear",
        "multilabel",
        "quickstart",
        "regression",
    }


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_recipe_is_a_page_that_says_what_it_is(path):
    text = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    for title in ("Paper:", "Command:", "Expected:", "Hardware:"):
        assert title in docstring
    assert f"attmask finetune --recipe={path.stem}" in docstring
    assert recipe_flag.find(path.stem, FINETUNING) == path
    config = load_recipe_file(path)
    config.backbone.weights = "vit.pth"
    recipe = make_recipe(config, FINETUNING)
    assert recipe.name == f"finetune_{path.stem}"


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "flowers"])
def test_the_published_rates(name):
    config = load_recipe_file(recipe_flag.find(name, FINETUNING))
    config.backbone.weights = "vit.pth"
    recipe = make_recipe(config, FINETUNING)
    images = 2040 if name == "flowers" else 50000
    steps = images // recipe.training.batch_size
    rate = learning_rate(recipe, steps)
    # 7.5e-6 for 512 images, of which a batch has 150 on each of six devices.
    assert rate.peak == pytest.approx(7.5e-6 * 150 * 6 / 512)
    assert rate.end == 1e-5
    assert steps == (2 if name == "flowers" else 55)
    assert recipe.optimizer.weight_decay == 0.05
    assert recipe.training.ema == 0  # what was measured was no mean
    drawn = recipe.augmentation
    assert (drawn.mixup, drawn.cutmix, drawn.random_erasing) == (0.8, 1, 0.25)
    assert drawn.rand_augment == 9 and drawn.switch_probability == 0.5


@pytest.mark.parametrize(
    "place, value",
    [
        ("data.train", ""),
        ("backbone.weights", ""),
        ("data.unreadable", 1.5),
        ("data.processes", -2),
        ("data.crop_ratio", 1.1),
        ("data.std", (0.2,)),
        ("backbone.pooling", "max"),
        ("backbone.num_blocks", 0),
        ("backbone.image_size", -1),
        ("backbone.stochastic_depth_rate", 1.0),
        ("augmentation.crop_scale", (0.5, 0.4)),
        ("augmentation.rand_augment", 11.0),
        ("augmentation.rand_augment_ops", 0),
        ("augmentation.random_erasing", 1.1),
        ("augmentation.mixup", -0.1),
        ("augmentation.jitter", (0.1,)),
        ("objective.task", "ranking"),
        ("objective.label_smoothing", 1.0),
        ("optimizer.layer_decay", 0.0),
        ("optimizer.layer_decay", 1.1),
        ("training.ema", 1.0),
        ("training.batch_size", 0),
        ("training.accumulation", 3),
        ("training.dtype", "float16"),
        ("training.seed", -1),
        ("evaluation.every_epochs", 0),
    ],
)
def test_a_value_out_of_bounds_is_named(place, value):
    with pytest.raises(InputError, match=f"^recipe.{place}: expected .*got "):
        made({place: value})


@pytest.mark.parametrize(
    "changes, named",
    [
        ({"training.epochs": 4}, "optimizer.warmup_epochs"),
        ({"objective.task": "regression"}, "objective.label_smoothing"),
        (
            {"backbone.frozen": True, "backbone.pretrained": False},
            "backbone.pretrained",
        ),
    ],
)
def test_fields_must_fit_each_other(changes, named):
    with pytest.raises(InputError, match=f"^recipe.{named}: expected "):
        made(changes)


def test_a_field_of_pretraining_is_unknown():
    with pytest.raises(InputError, match="recipe.views: expected one of name"):
        make_recipe({**made({}).to_dict(), "views": {}}, FINETUNING)
