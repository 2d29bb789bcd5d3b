"""Whole runs; what the command line adds is in tests/commands."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image
from tiny import TINY

from keras_attmask import build
from keras_attmask.applications import load_backbone
from keras_attmask.errors import InputError
from keras_attmask.pretraining import pretrain
from keras_attmask.recipe import make_recipe


def recipe(**changes):
    """The quickstart shrunk as in `tiny.TINY`, then changed by path."""
    from keras_attmask.commands import recipe_flag

    config = recipe_flag.load_recipe_file(recipe_flag.find("quickstart"))
    values = {
        word.split("=")[0].removeprefix("--recipe."): word.split("=")[1]
        for word in TINY[1:]
    }
    for path, text in {**values, **changes}.items():
        *sections, field = path.replace("__", ".").split(".")
        section = config
        for name in sections:
            section = section[name]
        kind = type(section[field])
        if isinstance(text, str) and kind is not str:
            text = text == "true" if kind is bool else kind(text)
        section[field] = text
    return make_recipe(config)


def rows(folder):
    text = (pathlib.Path(folder) / "metrics.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A tiny run that exports, its result and its place."""
    place = tmp_path_factory.mktemp("exported")
    lines = []
    settings = recipe(saved_model=str(place / "models"))
    result = pretrain(settings, place / "run", lines.append)
    return settings, result, place, lines


def test_result_and_files(exported):
    settings, result, place, lines = exported
    assert set(result) == {
        "knn",
        "knn_random_init",
        "knn_raw_pixels",
        "seconds",
        "images_per_second",
        "run",
        "saved_model",
        "interrupted",
    }
    assert json.loads(json.dumps(result)) == result
    for name in ("knn", "knn_random_init", "knn_raw_pixels"):
        assert 0 <= result[name] <= 1
    assert result["images_per_second"] > 0 and not result["interrupted"]
    assert sorted(path.name for path in (place / "run").iterdir()) == [
        "backbone.weights.h5",
        "checkpoint.weights.h5",
        "curves.png",
        "masks.png",
        "metrics.jsonl",
        "recipe.json",
        "tensorboard",
        "versions.json",
    ]
    assert sorted(path.name for path in (place / "models").iterdir()) == [
        "backbone.keras",
        "saved_model",
    ]
    assert result["saved_model"] == str(place / "models" / "saved_model")
    assert any("k-NN before training" in line for line in lines)
    for name in ("curves.png", "masks.png"):
        with Image.open(place / "run" / name) as picture:
            assert min(picture.size) > 300


def test_recipe_file_is_the_recipe(exported):
    settings, _, place, _ = exported
    text = (place / "run" / "recipe.json").read_text("utf-8")
    assert make_recipe(json.loads(text)) == settings


def test_metrics_have_each_step_and_the_accuracy(exported):
    _, result, place, _ = exported
    found = rows(place / "run")
    losses = [row["step"] for row in found if "loss" in row]
    assert losses == list(range(1, 9))
    accuracy = {row["step"]: row["knn"] for row in found if "knn" in row}
    assert list(accuracy) == [0, 4, 8]
    assert accuracy[0] == result["knn_random_init"]
    assert accuracy[8] == result["knn"]


def test_run_folder_and_keras_file_hold_one_backbone(exported):
    settings, _, place, _ = exported
    images = np.random.default_rng(0).normal(size=(2, 28, 28, 1))
    tokens = [
        ops.convert_to_numpy(load_backbone(path)(images)["class_token"])
        for path in (place / "run", place / "models" / "backbone.keras")
    ]
    np.testing.assert_allclose(*tokens, atol=1e-6)
    fresh = build.backbone(settings)(images)["class_token"]
    assert np.abs(tokens[0] - ops.convert_to_numpy(fresh)).max() > 1e-2


def photographs(folder):
    random = np.random.default_rng(0)
    for number in range(6):
        height, width = random.integers(24, 60, 2)
        pixels = random.integers(0, 256, (height, width, 3), "uint8")
        Image.fromarray(pixels).save(folder / f"{number}.png")


def test_a_bare_folder_without_labels(tmp_path):
    """One of its files is broken."""
    pytest.importorskip("tensorflow")  # the host pipeline
    (tmp_path / "photos").mkdir()
    photographs(tmp_path / "photos")
    (tmp_path / "photos" / "0.png").write_bytes(b"no picture")
    settings = recipe(
        data__source=str(tmp_path / "photos"),
        data__unreadable=0.2,
        data__channels=3,
        data__mean=(0.5, 0.5, 0.5),
        data__std=(0.2, 0.2, 0.2),
        evaluation__bank="",
        evaluation__queries="",
        training__batch_size=3,
    )
    result = pretrain(settings, tmp_path / "run", lambda line: None)
    assert result["knn"] is None and result["knn_raw_pixels"] is None
    found = rows(tmp_path / "run")
    assert [row["step"] for row in found] == [1, 2, 3, 4]
    assert all(0.0 <= row["data_wait"] <= 1.0 for row in found)
    assert (tmp_path / "run" / "masks.png").is_file()
    (named,) = (tmp_path / "run" / "unreadable.txt").read_text().splitlines()
    assert "photos/0.png" in named


def test_images_of_four_bands(tmp_path):
    random = np.random.default_rng(0)
    bands = random.integers(0, 256, (8, 28, 28, 4), "uint8")
    np.savez(tmp_path / "bands.npz", images=bands)
    settings = recipe(
        data__source=str(tmp_path / "bands.npz"),
        data__channels=4,
        data__mean=(0.5,) * 4,
        data__std=(0.25,) * 4,
        evaluation__bank="",
        evaluation__queries="",
        training__batch_size=8,
        training__epochs=1,
    )
    pretrain(settings, tmp_path / "run", lambda line: None)
    assert load_backbone(tmp_path / "run").image_shape == (28, 28, 4)
    assert (tmp_path / "run" / "masks.png").is_file()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"training__batch_size": 65}, "training.batch_size: expected at most"),
        ({"data__channels": 3, "data__mean": (0.0,) * 3,
          "data__std": (1.0,) * 3}, "data.channels: expected 1"),
        ({"saved_model": "FILE/models"}, "saved_model: .*can be written"),
        ({"saved_model": "SOMEBODYS"}, "saved_model: .*earlier export"),
        ({"data__source": "NOWHERE"}, "expected an existing path"),
        ({"data__source": "SMALL", "data__channels": 3,
          "data__mean": (0.0,) * 3, "data__std": (1.0,) * 3,
          "training__batch_size": 1}, "a patch .7 pixels.* of 5x9"),
        ({"evaluation__bank": "PHOTOS"}, "evaluation.bank: .* with labels"),
    ],
)  # fmt: skip
def test_mistakes_leave_nothing_behind(tmp_path, changes, message):
    (tmp_path / "FILE").touch()
    (tmp_path / "SOMEBODYS" / "saved_model").mkdir(parents=True)
    (tmp_path / "SMALL").mkdir()
    Image.new("RGB", (9, 5)).save(tmp_path / "SMALL" / "icon.png")
    (tmp_path / "PHOTOS").mkdir()
    photographs(tmp_path / "PHOTOS")
    before = sorted(tmp_path.rglob("*"))
    for name, value in changes.items():
        if isinstance(value, str):
            changes[name] = str(tmp_path / value)
    with pytest.raises(InputError, match=message):
        pretrain(recipe(**changes), tmp_path / "run", lambda line: None)
    assert sorted(tmp_path.rglob("*")) == before


def test_ctrl_c_leaves_a_usable_checkpoint(tmp_path):
    command = [sys.executable, "-m", "keras_attmask", "pretrain", *TINY]
    command += [f"--run={tmp_path / 'run'}", "--json"]
    command += ["--recipe.training.epochs=100000"]
    command += ["--recipe.evaluation.bank=", "--recipe.evaluation.queries="]
    metrics = tmp_path / "run" / "metrics.jsonl"
    environment = os.environ | {"KERAS_BACKEND": keras.backend.backend()}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        limit = time.monotonic() + 120
        while not (metrics.is_file() and len(rows(metrics.parent)) > 3):
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=120)[0]
    assert process.returncode == 0
    result = json.loads(printed.splitlines()[-1])
    assert result["interrupted"] and result["saved_model"] is None
    step = rows(tmp_path / "run")[-1]["step"]
    model = build.distiller(recipe(), 4)
    model.load_weights(tmp_path / "run" / "checkpoint.weights.h5")
    assert int(model.step) >= step - 1 > 0
    load_backbone(tmp_path / "run")
