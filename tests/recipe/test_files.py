import sys

import pytest

from keras_attmask.errors import InputError
from keras_attmask.recipe import load_recipe_file
from keras_attmask.recipe import make_recipe

HEAD = "from keras_attmask.recipe import published\n"
GOOD = HEAD + "def get_config():\n    r = published()\n"


def write(folder, code, name="mine.py"):
    (folder / name).write_text(code)
    return folder / name


def test_a_file_edits_the_published_recipe(tmp_path):
    code = GOOD + "    r.training.epochs = 5\n    r.data.mean = [0, 0.5, 1]\n"
    config = load_recipe_file(write(tmp_path, code + "    return r\n"))
    recipe = make_recipe(config)
    assert recipe.training.epochs == 5
    assert recipe.data.mean == (0.0, 0.5, 1.0)
    assert "attmask_recipe" not in sys.modules


def test_a_plain_dict_will_do(tmp_path):
    code = "def get_config():\n    return {'training': {'epochs': 5}}\n"
    config = load_recipe_file(write(tmp_path, code))
    assert make_recipe(config).training.epochs == 5


@pytest.mark.parametrize(
    "code, words",
    [
        ("x = 1\n", "get_config"),
        ("def get_config(:\n", "SyntaxError"),
        ("import no_such_module\n", "no_such_module"),
        ("def get_config():\n    return 1 / 0\n", "ZeroDivisionError"),
        ("def get_config():\n    return None\n", "ConfigDict, got NoneType"),
        (GOOD + "    r.training.epochs = 'five'\n", "TypeError.*epochs"),
        (GOOD + "    r.trainig.epochs = 5\n", "trainig"),
    ],
)
def test_a_broken_file_is_named_in_one_line(tmp_path, code, words):
    with pytest.raises(InputError, match=f"^--recipe: .*{words}") as caught:
        load_recipe_file(write(tmp_path, code))
    message = str(caught.value)
    assert str(tmp_path / "mine.py") in message and "\n" not in message


def test_a_new_field_in_a_file_is_unknown(tmp_path):
    code = GOOD + "    r.training.epoch = 5\n    return r\n"
    config = load_recipe_file(write(tmp_path, code))
    with pytest.raises(InputError, match="recipe.training.epoch: .*'epochs'"):
        make_recipe(config)


def test_files_that_are_no_recipes(tmp_path):
    with pytest.raises(InputError, match="^--recipe: .*gone.py"):
        load_recipe_file(tmp_path / "gone.py")
    with pytest.raises(InputError, match="^--recipe: .*recipe file"):
        load_recipe_file(tmp_path)
    with pytest.raises(InputError, match="^--recipe: .*Python file"):
        load_recipe_file(write(tmp_path, "", "mine.txt"))
