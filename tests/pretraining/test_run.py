"""Whole runs; what the command line adds is in tests/commands."""

import json

import numpy as np
import pytest
from keras import ops
from PIL import Image
from shrunk import recipe
from shrunk import rows

from keras_attmask import build
from keras_attmask.applications import load_backbone
from keras_attmask.errors import InputError
from keras_attmask.pretraining import pretrain
from keras_attmask.recipe import make_recipe


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
        "saving",
        "run",
        "saved_model",
        "interrupted",
    }
    assert 0 < result["saving"] < 1
    assert json.loads(json.dumps(result)) == result
    for name in ("knn", "knn_random_init", "knn_raw_pixels"):
        assert 0 <= result[name] <= 1
    assert result["images_per_second"] > 0 and not result["interrupted"]
    assert sorted(path.name for path in (place / "run").iterdir()) == [
        "backbone.weights.h5",
        "checkpoints",
        "curves.png",
        "masks.png",
        "metrics.jsonl",
        "recipe.json",
        "references.json",
        "tensorboard",
        "versions.json",
    ]
    assert sorted(path.name for path in (place / "models").iterdir()) == [
        "backbone.keras",
        "card.json",
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


def test_images_without_labels_are_measured_on_the_way(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1), "uint8")
    np.save(tmp_path / "images.npy", images)
    settings = recipe(
        evaluation__bank="", evaluation__queries=str(tmp_path / "images.npy")
    )
    told = []
    result = pretrain(settings, tmp_path / "run", told.append)
    assert result["knn"] is None and result["knn_random_init"] is None
    assert 0 <= result["view_retrieval"] <= 1
    assert 0 <= result["view_retrieval_random_init"] <= 1
    assert any(line.startswith("view retrieval before") for line in told)
    measured = [
        row for row in rows(tmp_path / "run") if "view_retrieval" in row
    ]
    assert measured[-1]["view_retrieval"] == result["view_retrieval"]
    assert measured[-1]["effective_rank"] >= 1 - 1e-6
    assert (tmp_path / "run" / "curves.png").is_file()


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
