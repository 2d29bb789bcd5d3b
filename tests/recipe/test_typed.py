import dataclasses
import json

import pytest

from keras_attmask.errors import InputError
from keras_attmask.recipe import Recipe
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe import published
from keras_attmask.recipe.typed import freeze
from keras_attmask.recipe.typed import from_text


def test_published_values_are_the_defaults():
    assert make_recipe(published()) == Recipe() == freeze({})


def test_what_is_missing_has_its_published_value():
    recipe = freeze({"training": {"epochs": 3}})
    assert recipe.training.epochs == 3
    assert recipe.training.batch_size == Recipe().training.batch_size
    assert recipe.data == Recipe().data


def test_a_frozen_recipe_stays_as_it_is():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().training.epochs = 3


def test_json_keeps_every_digit():
    config = published()
    config.optimizer.learning_rate = 0.1 + 0.2
    config.views.global_scale = (1 / 3, 1.0)
    recipe = make_recipe(config)
    again = make_recipe(json.loads(json.dumps(recipe.to_dict())))
    assert again == recipe
    assert again.views.global_scale == (1 / 3, 1.0)


def test_whole_numbers_become_numbers():
    recipe = freeze({"optimizer": {"learning_rate": 1, "weight_decay": [0, 1]}})
    assert type(recipe.optimizer.learning_rate) is float
    assert recipe.optimizer.weight_decay == (0.0, 1.0)


@pytest.mark.parametrize(
    "section, field, value, expected",
    [
        ("training", "epochs", 3.0, "a whole number such as 100"),
        ("training", "epochs", True, "a whole number"),
        ("training", "epochs", None, "a whole number"),
        ("optimizer", "clip_norm", "3", "a number such as 3.0"),
        ("optimizer", "clip_norm", float("nan"), "a number"),
        ("optimizer", "clip_norm", float("inf"), "a number"),
        ("optimizer", "clip_norm", False, "a number"),
        ("data", "in_memory", 1, "true or false"),
        ("data", "source", 5, "text"),
        ("data", "mean", 0.5, "numbers with commas"),
        ("data", "mean", (0.5, "a", 0.5), "numbers with commas"),
        ("data", "mean", "0.5", "numbers with commas"),
    ],
)
def test_wrong_types_are_named(section, field, value, expected):
    with pytest.raises(InputError) as caught:
        freeze({section: {field: value}})
    message = str(caught.value)
    assert message.startswith(f"recipe.{section}.{field}: expected {expected}")
    assert message.endswith(f"got {value!r}")


@pytest.mark.parametrize(
    "values, words",
    [
        ({"trainig": {}}, "recipe.trainig: .*did you mean 'training'"),
        ({"data": {"sorce": ""}}, "recipe.data.sorce: .*mean 'source'"),
        ({"data": {"zzz": ""}}, r"recipe.data.zzz: .*unknown field$"),
        ({"data": "photos"}, "recipe.data: .*recipe.data.source.*'photos'"),
        (None, "recipe: expected fields .*got None"),
    ],
)
def test_unknown_fields_and_sections(values, words):
    with pytest.raises(InputError, match=f"^{words}"):
        freeze(values)


@pytest.mark.parametrize(
    "text, default, value",
    [
        ("7", 1, 7),
        ("-7", 1, -7),
        ("7", 1.0, 7.0),
        ("1e-3", 1.0, 1e-3),
        ("True", False, True),
        ("false", True, False),
        ("0.1,0.5", (1.0,), (0.1, 0.5)),
        ("(0.1, 0.5)", (1.0,), (0.1, 0.5)),
        ("[1]", (1.0, 2.0), (1.0,)),
        ("0.5", (1.0, 2.0), (0.5,)),
        ("0.5,", (1.0, 2.0), (0.5,)),
        ("a b", "", "a b"),
        ("7", "", "7"),
        ("", "photos", ""),
    ],
)
def test_text_takes_the_type_of_the_field(text, default, value):
    found = from_text(text, default, "recipe.x")
    assert found == value and type(found) is type(default)


@pytest.mark.parametrize(
    "text, default",
    [
        ("1.5", 1),
        ("x", 1),
        ("", 1),
        ("True", 1),
        ("__import__('os')", 1),
        ("x", 1.0),
        ("nan", 1.0),
        ("1,2", 1.0),
        ("maybe", True),
        ("1", True),
        ("(1,a)", (1.0,)),
        ("(1,", (1.0,)),
    ],
)
def test_text_of_another_type_is_refused(text, default):
    with pytest.raises(InputError, match="^recipe.x: expected .*, got "):
        from_text(text, default, "recipe.x")
