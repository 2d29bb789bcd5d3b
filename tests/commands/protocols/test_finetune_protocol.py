import json

import numpy as np
import pytest
from PIL import Image

from keras_attmask.__main__ import main
from keras_attmask.models import VisionTransformer
from keras_attmask.seeding import seed_all

# All but crops is left out, which is what takes long to compile.
QUICK = (
    "--recipe.augmentation.rand_augment=0",
    "--recipe.augmentation.random_erasing=0",
    "--recipe.augmentation.mixup=0",
    "--recipe.augmentation.cutmix=0",
    "--recipe.training.dtype=float32",
    "--recipe.training.jit_compile=false",
    "--recipe.training.batch_size=4",
    "--recipe.data.processes=0",
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    seed_all(0)
    folder = tmp_path_factory.mktemp("weights") / "preset"
    VisionTransformer((32, 32, 3), 8, 1, 2, 16).save_to_preset(folder)
    return folder


@pytest.fixture(scope="module")
def cifar(tmp_path_factory):
    """Pictures of 32 x 32 in train/ and test/, a folder a class."""
    folder = tmp_path_factory.mktemp("cifar")
    random = np.random.default_rng(0)
    for split, count in (("train", 8), ("test", 4)):
        for number in range(count):
            pixels = random.integers(0, 40, (32, 32, 3), "uint8")
            pixels[..., number % 2] += 200
            name = ("airplane", "bird")[number % 2]
            path = folder / split / name / f"{number:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return folder


def finetune(capsys, weights, data, *words):
    arguments = ["finetune", f"--backbone={weights}", f"--data={data}", *words]
    status = main(["evaluate", *arguments, "--json"])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_folder_as_cifar_lies(capsys, weights, cifar, tmp_path):
    words = [
        "--recipe=cifar10",
        *QUICK,
        "--recipe.training.epochs=4",
        "--recipe.evaluation.every_epochs=2",
        "--recipe.optimizer.warmup_epochs=0",
        "--recipe.optimizer.learning_rate=0.5",
        f"--output={tmp_path}/out",
    ]
    status, out, error = finetune(capsys, weights, cifar, *words)
    assert status == 0, error
    scores = json.loads(out)
    assert set(scores) == {"accuracy", "best_accuracy", "best_epoch"}
    assert scores["best_accuracy"] == 1.0  # red from green is easy
    assert scores["best_epoch"] in (2, 4)
    run = tmp_path / "out" / "finetune"
    assert json.loads((run.parent / "finetune.json").read_text()) == scores
    recipe = json.loads((run / "recipe.json").read_text())
    assert recipe["name"] == "finetune_cifar10"
    assert recipe["data"]["train"] == str(cifar / "train")
    assert recipe["data"]["validation"] == str(cifar / "test")
    assert recipe["backbone"]["weights"] == str(weights)
    assert recipe["saved_model"] == ""
    # The same command says the same again, without a step more.
    assert finetune(capsys, weights, cifar, *words)[1] == out


def test_bundled_pictures_leave_nothing(capsys, weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, error = finetune(
        capsys,
        weights,
        "bundled:fashion_mnist",
        "--recipe=quickstart",
        "--recipe.data.validation_limit=3",  # --limit comes before it
        "--recipe.training.jit_compile=false",
        "--recipe.training.epochs=1",
        "--recipe.training.batch_size=10",
        "--limit=20",
        "--mean=0.2,0.2,0.2",
        "--crop_ratio=1",
    )
    assert status == 0, error
    scores = json.loads(out)
    assert set(scores) == {
        "accuracy",
        "top5_accuracy",
        "best_accuracy",
        "best_epoch",
    }
    rights = 20 * scores["accuracy"]  # of 20 images, not of 3
    assert rights == pytest.approx(round(rights))
    assert scores["best_accuracy"] == scores["accuracy"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words, message",
    [
        (["--recipe=nothing"], "--recipe: expected a recipe file or one of"),
        (["--recipe=regression"], "--recipe: expected one of classification"),
        (["--recipe.training.ema=2"], "recipe.training.ema: expected 0 or"),
        (["--recipe.head.hidden_dim=3"], "--recipe.head.hidden_dim: expected"),
        (["--train=no/such"], "--train: expected an existing path"),
        (["--num_neighbors=3"], "--num_neighbors: expected a flag"),
    ],
)
def test_mistakes_of_a_finetuning(capsys, weights, cifar, words, message):
    status, out, error = finetune(capsys, weights, cifar, *words)
    assert status == 2 and out == ""
    assert error.startswith(f"attmask: error: {message}")
    assert error.count("\n") == 1


def test_help_shows_the_fields_of_the_recipe(capsys):
    words = ["evaluate", "finetune", "--recipe=flowers", "--help"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "--recipe.training.epochs=1000" in text
    assert main(["evaluate", "finetune", "--help"]) == 0
    assert "(default: full)" in capsys.readouterr().out
    assert main(["evaluate", "knn", "--help"]) == 0
    assert "--recipe" not in capsys.readouterr().out.split("flags (")[1]
