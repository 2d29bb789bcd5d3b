import json

import numpy as np
import pytest

from keras_attmask.__main__ import main
from keras_attmask.data import Preprocessing
from keras_attmask.data import open_source
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer
from keras_attmask.seeding import seed_all

FASHION = "--data=bundled:fashion_mnist"


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Folders of a classifier of grey pictures and of a guide in colours."""
    seed_all(0)
    folder = tmp_path_factory.mktemp("presets")
    names = open_source("bundled:fashion_mnist/test").class_names
    backbone = VisionTransformer((28, 28, 1), 7, 2, 2, 16)
    classifier = Classifier(backbone, names)
    kernel = np.random.default_rng(0).normal(size=(16, 10))
    classifier.predictions.set_weights([kernel, np.zeros(10)])
    prepare = Preprocessing((28, 28, 1), (0.286,), (0.353,), 1.0)
    classifier.save_to_preset(folder / "classifier", prepare)
    guide = VisionTransformer((16, 16, 3), 4, 1, 1, 8)
    guide.save_to_preset(folder / "guide")
    return folder


def masked(capsys, *words):
    status = main(["evaluate", "masked", *map(str, words)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_classifier_and_a_guide(capsys, presets, tmp_path):
    words = [
        f"--backbone={presets}/classifier",
        f"--guide={presets}/guide",
        "--modes=high,low",
        "--ratios=0,0.5",
        "--limit=30",
        f"--output={tmp_path}",
    ]
    status, out, error = masked(capsys, *words, FASHION, "--json")
    assert status == 0, error
    scores = json.loads(out)
    assert list(scores) == [
        "accuracy",
        "high_accuracy_at_0",
        "high_accuracy_at_0.5",
        "high_mean_accuracy",
        "low_accuracy_at_0",
        "low_accuracy_at_0.5",
        "low_mean_accuracy",
    ]
    assert scores["accuracy"] == scores["low_accuracy_at_0"]
    assert json.loads((tmp_path / "masked.json").read_text()) == scores
    assert (tmp_path / "masked.png").stat().st_size > 5000
    # A data set with both halves, or that for the test alone.
    again = masked(capsys, *words, FASHION + "/test")[1]
    words = [line.split() for line in again.splitlines()]
    assert ["accuracy", f"{100 * scores['accuracy']:.2f}", "%"] in words


@pytest.mark.parametrize(
    "words, message",
    [
        (["--ratios=0.5,2"], "--ratios: expected numbers from 0 to 1"),
        (["--ratios=a"], "--ratios: expected numbers"),
        (["--modes=best"], "--modes: expected some of high, low, random"),
        (["--guide=no/such"], "--guide: expected a run folder"),
        (["--train=x"], "--train: expected none beside a backbone that has"),
        (["--data=no/such"], "--data: expected an existing path"),
    ],
)
def test_mistakes_of_masked(capsys, presets, words, message):
    status, out, error = masked(
        capsys, f"--backbone={presets}/classifier", FASHION, *words
    )
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {message}")


def test_other_classes_are_named(capsys, presets, tmp_path):
    pixels = np.zeros((2, 28, 28, 1), "uint8")
    np.savez(tmp_path / "two.npz", images=pixels, labels=np.array([0, 10]))
    words = [f"--backbone={presets}/classifier", f"--data={tmp_path}/two.npz"]
    status, _, error = masked(capsys, *words)
    assert status == 2
    assert error.startswith("attmask: error: --data: expected classes 0 to 9")


def test_a_backbone_alone_learns_a_head(capsys, presets, tmp_path):
    backbone = VisionTransformer((28, 28, 1), 7, 1, 1, 8)
    prepare = Preprocessing((28, 28, 1), (0.286,), (0.353,), 1.0)
    backbone.save_to_preset(tmp_path / "backbone", prepare)
    words = [f"--backbone={tmp_path}/backbone", "--limit=40", "--ratios=0.5"]
    status, out, error = masked(capsys, *words, FASHION, "--json")
    assert status == 0, error
    assert json.loads(out)["accuracy"] > 0.2  # chance: 0.1
    status, _, error = masked(capsys, *words, FASHION + "/test")
    assert status == 2
    assert error.startswith("attmask: error: --train: expected labelled images")
