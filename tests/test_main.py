import os
import pathlib
import re
import subprocess
import sys

import pytest

from keras_attmask.__main__ import main
from keras_attmask.commands import COMMANDS

FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}


def run(*arguments, **environment):
    """A real process; returns status, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    return done.returncode, done.stdout, done.stderr


def test_help_lists_all_commands(capsys):
    for arguments in ([], ["--help"], ["-h"], ["help"]):
        assert main(arguments) == 0
        text = capsys.readouterr().out
        for command in COMMANDS.values():
            assert f"  {command.name} " in text and command.summary in text


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command(capsys, name):
    assert main([name, "--help"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"usage: attmask {name}")
    assert COMMANDS[name].summary in printed.out and printed.err == ""
    text, _, _ = printed.out.partition("fields of the recipe")
    assert max(map(len, text.splitlines())) <= 80


def test_help_of_pretrain_shows_the_fields_of_the_recipe(capsys):
    def shown(*arguments):
        assert main(["pretrain", *arguments, "--help"]) == 0
        return capsys.readouterr().out

    assert re.search(r"--recipe.training.epochs=100 +a whole", shown())
    text = shown(
        "--recipe=quickstart",
        "--recipe.training.epochs=7",
        "--recipe.views.global_scale=(0.5, 1)",
    )
    assert re.search(r"--recipe.training.epochs=7 +a whole number\n", text)
    assert re.search(r"--recipe.views.global_scale=0.5,1.0 +numbers", text)
    assert "--recipe.data.source=bundled:fashion_mnist/train " in text


@pytest.mark.parametrize(
    "words, passed, wanted",
    [
        (["pretrain", "--help"], False, True),
        (["recipes", "--help"], False, False),
        (["pretrain", "--help"], True, False),  # somebody else's process
    ],
)
def test_training_alone_gets_large_pages(monkeypatch, words, passed, wanted):
    calls = []
    monkeypatch.setattr(
        "keras_attmask.__main__.restart_with_huge_pages",
        lambda: calls.append(True),
    )
    monkeypatch.setattr(sys, "argv", ["attmask", *words])
    assert main(words if passed else None) == 0
    assert bool(calls) == wanted


def test_an_unknown_command(capsys):
    assert main(["pretrian"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith("attmask: error: COMMAND: expected one of ")
    assert "'pretrian'; did you mean pretrain?" in printed.err


def test_recipes_are_listed(capsys):
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    folder = pathlib.Path(__file__).parents[1] / "recipes"
    expected = []
    for command, place in (
        ("pretrain", folder),
        ("finetune", folder / "finetune"),
    ):
        expected.append(f"attmask {command} --recipe=NAME")
        expected += sorted(path.stem for path in place.glob("*.py"))
    names = [line.split()[0] if line[0] == " " else line for line in lines]
    assert names == expected
    assert all(len(line.split()) > 2 for line in lines)
    assert main(["recipes", "quickstart"]) == 2


@pytest.mark.parametrize(
    "arguments, status",
    [
        (["--help"], 0),
        (["pretrain", "--help", "--recipe=quickstart"], 0),
        (["recipes"], 0),
        (["nonsense"], 2),
        (["pretrain", "--recipe=quickstart", "--recipe.data.sorce=a"], 2),
        (["pretrain", "--recipe=quickstart", "--recipe.data.limit=a"], 2),
        (["pretrain", "--recipe=nonsense"], 2),
    ],
)
def test_answers_without_a_framework(arguments, status):
    found, _, error = run("-X", "importtime", "-m", "keras_attmask", *arguments)
    lines = error.splitlines()
    times = [line for line in lines if line.startswith("import time:")]
    loaded = {line.split("|")[2].strip().split(".")[0] for line in times}
    assert "keras_attmask" in loaded and not loaded & FRAMEWORKS
    rest = [line for line in lines if line not in times]
    assert found == status and len(rest) == (status == 2)
    assert all(line.startswith("attmask: error: ") for line in rest)


def test_the_installed_command_is_the_module():
    script = pathlib.Path(sys.executable).with_name("attmask")
    if not script.is_file():
        pytest.skip("the package is not installed")
    by_script = run(str(script), "recipes")
    by_module = run("-m", "keras_attmask", "recipes")
    assert by_script == by_module and by_script[0] == 0 and by_script[1]


def test_a_reader_that_leaves_early_is_no_error():
    child = subprocess.Popen(
        [sys.executable, "-m", "keras_attmask", "recipes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child.stdout.close()
    assert child.stderr.read() == b"" and child.wait() == 0
    child.stderr.close()


def test_an_unknown_backend_is_a_mistake():
    arguments = ("-m", "keras_attmask", "pretrain", "--recipe=quickstart")
    status, out, error = run(*arguments, KERAS_BACKEND="nonsense")
    assert (status, out) == (2, "")
    assert error == (
        "attmask: error: KERAS_BACKEND: expected one of tensorflow, jax, "
        "torch, got 'nonsense'\n"
    )
    # Help needs no backend.
    assert run(*arguments, "--help", KERAS_BACKEND="nonsense")[0] == 0


HIDDEN = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {name!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hide())
sys.argv = ["attmask", "pretrain", "--recipe=quickstart"]
from keras_attmask.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_a_backend_that_is_not_installed(name, tmp_path):
    status, out, error = run("-c", HIDDEN.format(name=name), KERAS_BACKEND=name)
    assert (status, out) == (2, "") and error.count("\n") == 1
    assert error.startswith("attmask: error: KERAS_BACKEND: expected an inst")
    assert f"{name!r}" in error and "pip install" in error
