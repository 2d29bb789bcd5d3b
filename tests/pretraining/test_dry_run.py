"""What a dry run concludes from its steps, and real steps of a tiny one."""

import json

import keras
import pytest
from once import once
from tiny import TINY

from keras_attmask import build
from keras_attmask.__main__ import main
from keras_attmask.commands import recipe_flag
from keras_attmask.commands.needs import needs
from keras_attmask.pretraining.dry_run import _plan
from keras_attmask.recipe import load_recipe_file
from keras_attmask.recipe import make_recipe
from keras_attmask.training.footprint import image_bytes

GROWTH = 300_000_000
START = 500_000_000


def recipe(**training):
    return make_recipe({"training": training})


def tiny_recipe():
    changes = dict(flag[2:].split("=", 1) for flag in TINY[1:])
    config = load_recipe_file(recipe_flag.find("quickstart"))
    config.backbone.hidden_dim = int(changes["recipe.backbone.hidden_dim"])
    config.backbone.num_layers = int(changes["recipe.backbone.num_layers"])
    return make_recipe(config)


class Machine:
    """Memory that grows with the images worked through at once."""

    def __init__(self, limit, parts=1, told=True, growth=GROWTH):
        self.limit, self.parts, self.told = limit, parts, told
        self.growth, self.tried = growth, []

    def __call__(self, batch_size):
        self.tried.append(batch_size)
        peak = START + self.growth * batch_size // self.parts
        if peak > self.limit:
            return None
        return {
            "dtype": "float32",
            "device": "CPU",
            "peak": peak,
            "limit": self.limit if self.told else None,
            "start": 100,
            "seconds": [2.0, 1.0],
            "parameters": [20, 10],
        }


def plan(machine, images=1000, **training):
    return _plan(recipe(**training), images, machine)


def test_a_batch_that_fits_is_measured_itself():
    machine = Machine(START + 50 * GROWTH)
    found = plan(machine, batch_size=8)
    assert machine.tried == [1, 8]
    assert found["measured_batch_size"] == 8 and found["fits"]
    assert found["measured_bytes"] == START + 8 * GROWTH
    assert found["largest_batch_size"] == 50
    assert found["steps_per_epoch"] == 125


def test_a_batch_that_does_not_fit_is_named_so():
    machine = Machine(START + 5 * GROWTH)
    found = plan(machine, batch_size=64)
    assert found["largest_batch_size"] == 5 and not found["fits"]
    assert "64 do not fit" in needs(found)


def test_a_step_that_runs_out_of_memory_is_halved():
    growth = 3 * image_bytes(recipe(batch_size=8))  # more than was expected
    machine = Machine(START + int(6.5 * growth), growth=growth)
    found = plan(machine, batch_size=64)
    assert machine.tried == [1, 17, 8, 4]
    assert found["measured_batch_size"] == 4
    assert found["largest_batch_size"] == 6


def test_parts_of_a_batch_are_what_needs_memory():
    machine = Machine(START + 5 * GROWTH, parts=4)
    found = plan(machine, batch_size=16, accumulation=4)
    assert machine.tried == [4, 16] and found["largest_batch_size"] == 20


def test_no_more_images_than_there_are():
    found = plan(Machine(START + 90 * GROWTH), images=10, batch_size=4)
    assert found["largest_batch_size"] == 10 and found["fits"]
    assert "all that there are" in needs(found)


def test_where_one_image_is_too_much():
    found = plan(Machine(START), batch_size=4)
    assert found["largest_batch_size"] == 0 and not found["fits"]
    assert "not even the smallest" in needs(found)


def test_where_nobody_tells_the_memory():
    found = plan(Machine(START + 50 * GROWTH, told=False), batch_size=4)
    assert found["largest_batch_size"] is None and found["fits"]
    assert "not known" in needs(found)


def test_the_command_measures_and_writes_nothing(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["pretrain", *TINY, "--dry-run", "--json"]) == 0
    found = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert not list(tmp_path.iterdir())
    assert found["backend"] == keras.backend.backend()
    assert found["measured_batch_size"] == 16 == found["batch_size"]
    assert found["images"] == 64 and found["steps_per_epoch"] == 4
    student = build.backbone(tiny_recipe(), use_mask_token=True)
    assert found["backbone_parameters"] == student.count_params()
    assert 0 < found["framework_bytes"] < found["measured_bytes"]
    assert found["measured_bytes"] < found["available_bytes"]
    assert 16 <= found["largest_batch_size"] <= 64 and found["fits"]


@once("the numbers are tested above")
def test_a_person_gets_lines(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = "--recipe.training.batch_size=1"
    assert main(["pretrain", *TINY, small, "--dry-run"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "making two steps, batch size 1"
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "epoch",
        "FLOP an image",
        "parameters",
        "computed by",
        "arrays of a step",
        "measured, batch 1",
        "largest batch",
    ]


@pytest.mark.parametrize(
    "flag, words",
    [
        ("--run=there", "--run: expected none with --dry-run"),
        ("--recipe.training.batch_size=65", "recipe.training.batch_size: "),
        ("--recipe.evaluation.bank=no/such", "recipe.evaluation.bank: "),
    ],
)
def test_mistakes_are_found_before_a_step(capfd, flag, words):
    assert main(["pretrain", *TINY, "--dry-run", flag]) == 2
    out, error = capfd.readouterr()
    assert "making" not in out
    assert words in error.splitlines()[-1]


@pytest.mark.parametrize("can", [True, False])
def test_a_type_that_is_not_multiplied_is_left(monkeypatch, can):
    monkeypatch.setattr(build, "multiplies", lambda policy: can)
    wished = recipe(dtype="mixed_bfloat16")
    policy = "mixed_bfloat16" if can else "float32"
    assert build.dtype_policy(wished) == policy
