import hashlib
import json

import keras
import pytest

from keras_attmask.__main__ import main
from keras_attmask.applications import load_classifier

TINY = (
    "--recipe=quickstart",
    "--recipe.saved_model=",
    "--recipe.data.limit=20",
    "--recipe.data.validation_limit=20",
    "--recipe.training.batch_size=10",
    "--recipe.training.epochs=1",
    "--recipe.training.jit_compile=false",
)


def test_a_head_on_a_run(capsys, tiny_run, tmp_path):
    words = [f"--recipe.backbone.weights={tiny_run}", f"--run={tmp_path}/run"]
    assert main(["finetune", *TINY, *words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 <= result["accuracy"] <= 1 and result["best_epoch"] == 1
    assert load_classifier(result["run"]).names[0] == "T-shirt/top"
    # A run that has ended says its result again.
    assert main(["finetune", *TINY, *words]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"run {tmp_path}/run  ")
    assert f"accuracy {result['accuracy']:.4f}" in last
    assert last.endswith(" after epoch 1")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="tests/export writes SavedModels from all backends",
)
def test_the_finished_model_is_exported(capsys, tiny_run, tmp_path):
    words = [f"--recipe.backbone.weights={tiny_run}", f"--run={tmp_path}/run"]
    words += [f"--recipe.saved_model={tmp_path}/out"]
    assert main(["finetune", *TINY, *words]) == 0
    assert "classifier.keras" in capsys.readouterr().out
    record = json.loads((tmp_path / "out/saved_model/export.json").read_text())
    assert record["signatures"]["serving_default"] == {"scores": [None, 10]}
    file = tmp_path / "out" / "classifier.keras"
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert card["recipe"] == "finetune_quickstart" and card["accuracy"] >= 0
    assert card["file"] == file.name and card["bytes"] == file.stat().st_size
    assert card["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "words, message",
    [
        (["more"], "arguments: expected no further words, got more"),
        ([], "recipe.backbone.weights: expected some text, got ''"),
        (["--recipe=nothing"], "--recipe: expected a recipe file or one of"),
        (["--recipe="], "--recipe: expected a recipe file or one of"),
        (["--recipe.head.hidden_dim=3"], "--recipe.head.hidden_dim: expected"),
        (["--recipe.training.ema=2"], "recipe.training.ema: expected 0 or mo"),
        (["--strategy=fast"], "--strategy: expected"),
    ],
)
def test_mistakes_are_one_line(capsys, words, message):
    weights = ["--recipe.backbone.weights=w"] if "ema" in str(words) else []
    assert main(["finetune", *TINY, *weights, *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"attmask: error: {message}")
    assert error.count("\n") == 1


def test_help_lists_the_fields(capsys):
    assert main(["finetune", "--recipe=linear", "--help"]) == 0
    text = capsys.readouterr().out
    assert "--recipe.backbone.frozen=true" in text
    assert "--accept_recipe" in text
    assert max(map(len, text.split("flags (")[0].splitlines())) <= 80


def test_recipes_are_listed_with_their_command(capsys):
    assert main(["recipes"]) == 0
    pretraining, finetuning = capsys.readouterr().out.split("attmask finetune")
    assert pretraining.startswith("attmask pretrain --recipe=NAME\n")
    assert "folder" in pretraining and "linear" in finetuning
