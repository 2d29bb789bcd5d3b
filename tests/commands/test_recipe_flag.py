import pytest
from absl import flags

from keras_attmask.commands import recipe_flag
from keras_attmask.commands.command import Command
from keras_attmask.errors import InputError
from keras_attmask.recipe import Recipe


def parse(*arguments):
    """The recipe that a command with `--recipe` gets."""
    found = []

    def run(values, words):
        found.append(recipe_flag.read(values))
        return 0

    command = Command(
        "try", "", "", recipe_flag.define, run, loads_framework=False
    )
    assert command(arguments) == 0
    return found[0]


def test_a_bundled_name_a_file_name_and_a_path_are_the_same(monkeypatch):
    by_name = parse("--recipe=quickstart")
    assert by_name.name == "quickstart"
    assert by_name == parse("--recipe=recipes/quickstart.py")
    assert by_name == parse("--recipe", "quickstart.py")
    path = recipe_flag.bundled_folder() / "quickstart.py"
    assert by_name == parse(f"--recipe={path}")


def test_a_folder_of_that_name_is_no_recipe(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse("--recipe=folder").name == "folder"


def test_overrides_take_the_type_of_the_field():
    recipe = parse(
        "--recipe=quickstart",
        "--recipe.training.epochs=3",
        "--recipe.optimizer.learning_rate=1",
        "--recipe.data.in_memory=true",
        "--recipe.data.in-memory=false",
        "--recipe.masking.mask_ratio",
        "(0.2, 0.3)",
        "--recipe.data.mean=0.5",
        "--recipe.data.source=7",
        "--recipe.name=other",
    )
    assert recipe.training.epochs == 3
    assert recipe.optimizer.learning_rate == 1.0
    assert recipe.data.in_memory is False
    assert recipe.masking.mask_ratio == (0.2, 0.3)
    assert recipe.data.mean == (0.5,)
    assert recipe.data.source == "7" and recipe.name == "other"
    plain = parse("--recipe=quickstart")
    assert recipe.head == plain.head and recipe.views == plain.views


@pytest.mark.parametrize(
    "override, words",
    [
        ("training.epochs=1.5", "recipe.training.epochs: .* got 1.5"),
        ("training.epochs=", "recipe.training.epochs: .* got ''"),
        ("views.jitter=0.1,0.2", "recipe.views.jitter: .*four"),
        ("data=3", "--recipe.data: .*unknown"),
        ("data.sorce=a", "--recipe.data.sorce: .*mean --recipe.data.source"),
        ("batch_size=3", "--recipe.batch_size: .*recipe.training.batch_size"),
        ("trainig.epochs=3", ".*mean --recipe.training.epochs"),
    ],
)
def test_mistakes_name_the_field(override, words):
    with pytest.raises(InputError, match=f"^{words}"):
        parse("--recipe=quickstart", f"--recipe.{override}")


def test_every_field_is_a_flag():
    values = flags.FlagValues()
    recipe_flag.define(values, [])
    sections = {k: v for k, v in Recipe().to_dict().items()}
    for section, fields in sections.items():
        names = fields if isinstance(fields, dict) else [None]
        for name in names:
            place = ".".join(filter(None, ("recipe", section, name)))
            assert place in values
