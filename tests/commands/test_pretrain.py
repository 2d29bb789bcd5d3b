import json
import re

import keras
import numpy as np
import pytest
from PIL import Image
from tiny import TINY

from keras_attmask.__main__ import main
from keras_attmask.recipe import make_recipe


def mistake(capfd, run, *arguments):
    """The one line that a bad call leaves, and nothing else."""
    status = main(["pretrain", *TINY, f"--run={run}", *arguments])
    _, error = capfd.readouterr()
    # TensorFlow and JAX may greet on their first day.
    lines = [line for line in error.splitlines() if "attmask" in line]
    assert status == 2 and len(lines) == 1 and "Traceback" not in error
    return re.fullmatch("attmask: error: (.*)", lines[0])[1]


def save_images(folder, count=3, size=28):
    random = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"class{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (size, size, 3), "uint8")
        Image.fromarray(pixels).save(path)
    return folder


def test_the_run_folder_holds_what_is_promised(tiny_run):
    names = {path.name for path in tiny_run.iterdir()}
    assert names >= {
        "recipe.json",
        "versions.json",
        "metrics.jsonl",
        "tensorboard",
        "checkpoints",
        "backbone.weights.h5",
        "masks.png",
        "curves.png",
    }
    leftovers = [n for n in names if ".tmp" in n or n.startswith("writing")]
    assert not leftovers


def test_the_recipe_in_the_folder_is_the_recipe_that_ran(tiny_run):
    recipe = make_recipe(json.loads((tiny_run / "recipe.json").read_text()))
    assert recipe.name == "quickstart" and recipe.saved_model == ""
    assert recipe.backbone.hidden_dim == 16
    assert recipe.training.batch_size == 16


def test_metrics_are_one_json_object_a_step(tiny_run):
    lines = (tiny_run / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    steps = [row["step"] for row in rows if "loss" in row]
    assert steps == list(range(1, 9))
    assert all(np.isfinite(row["loss"]) for row in rows if "loss" in row)
    measured = [row["step"] for row in rows if "knn" in row]
    assert measured == [0, 4, 8]


def test_the_last_line_is_one_json_object(tiny_pretraining):
    folder, printed = tiny_pretraining
    result = json.loads(printed.splitlines()[-1])
    assert set(result) >= {
        "knn",
        "knn_random_init",
        "knn_raw_pixels",
        "seconds",
        "images_per_second",
        "run",
        "saved_model",
    }
    assert result["run"] == str(folder) and result["saved_model"] is None
    for name in ("knn", "knn_random_init", "knn_raw_pixels"):
        assert 0 <= result[name] <= 1
    assert result["seconds"] > 0 and result["images_per_second"] > 0


@pytest.mark.parametrize(
    "change, words",
    [
        ("data.source=no/such", "recipe.data.source: .*path, got no/such"),
        ("data.source=cifar10/train", ".*did you mean tfds:cifar10/train"),
        ("data.source=nope:cifar10", ".*bundled, tfds before the colon"),
        ("evaluation.bank=no/such", "recipe.evaluation.bank: .*no/such"),
        ("evaluation.queries=", "recipe.evaluation.queries: .*got ''"),
        ("training.batch_size=65", "recipe.training.batch_size: .*64.*got 65"),
        ("views.global_size=30", "recipe.views.global_size: .*7, got 30"),
        ("backbone.patch_size=5", "recipe.views.global_size: .*5, got 28"),
        ("training.epochs=two", "recipe.training.epochs: .*got 'two'"),
        ("training.epoch=2", "--recipe.training.epoch: .*training.epochs"),
        ("data.channels=3", "recipe.data.mean: .*3 as in data.channels"),
    ],
)
def test_a_wrong_field_leaves_nothing(capfd, tmp_path, change, words):
    run = tmp_path / "runs" / "new"
    found = mistake(capfd, run, f"--recipe.{change}")
    assert re.fullmatch(f"{words}.*", found)
    assert not list(tmp_path.iterdir())


def test_images_of_other_channels_leave_nothing(capfd, tmp_path):
    np.save(tmp_path / "rgb.npy", np.zeros((16, 28, 28, 3), "uint8"))
    found = mistake(
        capfd, tmp_path / "run", f"--recipe.data.source={tmp_path}/rgb.npy"
    )
    assert re.match("recipe.data.channels: expected 3 .*, got 1", found)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("in_memory", ["true", "false"])
def test_too_many_unreadable_images_are_one_line(capfd, tmp_path, in_memory):
    pytest.importorskip("tensorflow", reason="its threads read the files")
    images = save_images(tmp_path / "images", 20)
    (images / "class0" / "0.png").write_bytes(b"no picture")
    found = mistake(
        capfd,
        tmp_path / "run",
        f"--recipe.data.source={images}",
        f"--recipe.data.in_memory={in_memory}",
        "--recipe.data.channels=3",
        "--recipe.data.mean=0.5,0.5,0.5",
        "--recipe.data.std=0.2,0.2,0.2",
        "--recipe.evaluation.bank=",
        "--recipe.evaluation.queries=",
    )
    assert re.match(
        "recipe.data.source: expected at most 1.00% unreadable images, got 1 "
        "of .*class0/0.png",
        found,
    )


def test_a_bank_without_labels_leaves_nothing(capfd, tmp_path):
    images = save_images(tmp_path / "images") / "class0"
    found = mistake(
        capfd, tmp_path / "run", f"--recipe.evaluation.bank={images}"
    )
    assert re.match("recipe.evaluation.bank: expected .*labels", found)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("folder", ["file/run", "/proc/no/run", "full"])
def test_a_run_folder_that_cannot_be(capfd, tmp_path, folder):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    before = sorted(tmp_path.rglob("*"))
    found = mistake(capfd, tmp_path / folder)
    assert re.match("--run: expected a (new|folder).*, got ", found)
    assert folder in found
    assert sorted(tmp_path.rglob("*")) == before


def test_a_saved_model_where_something_lies(capfd, tmp_path):
    target = tmp_path / "export" / "saved_model"
    target.mkdir(parents=True)
    (target / "thesis.tex").write_text("years of work")
    found = mistake(
        capfd, tmp_path / "run", f"--recipe.saved_model={tmp_path}/export"
    )
    assert found.startswith("recipe.saved_model: ")
    assert not (tmp_path / "run").exists()


def test_a_recipe_is_needed(capsys):
    assert main(["pretrain"]) == 2
    assert main(["pretrain", "--recipe=no_such"]) == 2
    assert main(["pretrain", "--recipe"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all("--recipe" in line for line in lines)
    assert lines[1].endswith("'no_such'")


def test_a_strategy_that_this_backend_does_not_have(capfd, tmp_path):
    backend = keras.backend.backend()
    other = "jax" if backend == "tensorflow" else "mirrored"
    said = mistake(capfd, tmp_path / "run", f"--strategy={other}")
    assert said.startswith("--strategy: expected one of auto, none")
    assert said.endswith(f"on the {backend} backend, got '{other}'")
    assert not (tmp_path / "run").exists()
    said = mistake(capfd, tmp_path / "run", "--strategy=all")
    assert said.startswith("--strategy: expected") and "'all'" in said


def test_a_dry_run_measures_one_device(capfd):
    status = main(["pretrain", *TINY, "--dry-run", "--strategy=mirrored"])
    assert status == 2
    assert "--strategy: expected none with --dry-run" in capfd.readouterr().err
