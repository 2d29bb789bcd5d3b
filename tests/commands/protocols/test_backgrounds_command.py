import json

import numpy as np
import pytest
from PIL import Image

from keras_attmask.__main__ import main
from keras_attmask.data import open_source
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer
from keras_attmask.seeding import seed_all

NAMES = [f"0{number}_thing" for number in range(9)]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """A head of twelve classes that always says the third."""
    seed_all(0)
    folder = tmp_path_factory.mktemp("classifier") / "preset"
    backbone = VisionTransformer((16, 16, 3), 8, 1, 1, 8)
    network = Classifier(backbone, [f"n{number}" for number in range(12)])
    network.predictions.set_weights([np.zeros((8, 12)), np.eye(12)[2]])
    network.save_to_preset(folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    pictures = open_source("bundled:fashion_mnist/test")
    for variation in ("mixed_same", "mixed_rand"):
        for number, name in enumerate(NAMES):
            place = tmp_path / variation / "val" / name
            place.mkdir(parents=True)
            picture = Image.fromarray(pictures.read(number)[..., 0])
            # Class 4 has twice as many before random backgrounds.
            twice = number == 4 and variation == "mixed_rand"
            for copy in range(1 + twice):
                picture.save(place / f"{copy}.JPEG")
    return tmp_path


def backgrounds(capsys, *words):
    status = main(["evaluate", "backgrounds", *map(str, words), "--json"])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_table_beside_the_images_or_elsewhere(capsys, classifier, folder):
    words = [f"--backbone={classifier}", f"--data={folder}"]
    status, _, error = backgrounds(capsys, *words)
    assert status == 2 and "in_to_in9.json" in error
    assert error.startswith("attmask: error: --class_map: expected")
    table = {str(number): -1 for number in range(12)} | {"2": 4}
    (folder / "in_to_in9.json").write_text(json.dumps(table))
    status, out, error = backgrounds(
        capsys, *words, f"--output={folder}/scores"
    )
    assert status == 0, error
    scores = json.loads(out)
    assert scores == {
        "mixed_rand": pytest.approx(2 / 10),
        "mixed_same": pytest.approx(1 / 9),
        "bg_gap": pytest.approx(1 / 9 - 2 / 10),
    }
    written = (folder / "scores" / "backgrounds.json").read_text()
    assert json.loads(written) == scores
    (folder / "none.json").write_text(json.dumps({**table, "2": -1}))
    out = backgrounds(capsys, *words, f"--class_map={folder}/none.json")[1]
    assert json.loads(out)["mixed_same"] == 0


def test_a_gap_may_lie_below_zero(capsys, classifier, folder):
    table = {str(number): 4 for number in range(12)}
    (folder / "in_to_in9.json").write_text(json.dumps(table))
    words = [f"--backbone={classifier}", f"--data={folder}"]
    assert main(["evaluate", "backgrounds", *words]) == 0
    assert "bg_gap      -8.89 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, message",
    [
        (["--data=no/such"], "--data: expected a folder of ImageNet-9"),
        (["--train=x"], "--train: expected none beside a backbone that has"),
        (["--class_map=no.json"], "--class_map: expected in_to_in9.json"),
    ],
)
def test_mistakes_of_backgrounds(capsys, classifier, folder, words, message):
    status, out, error = backgrounds(
        capsys, f"--backbone={classifier}", f"--data={folder}", *words
    )
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {message}")


def test_a_backbone_alone_learns_a_head(capsys, folder, tmp_path):
    backbone = VisionTransformer((16, 16, 3), 8, 1, 1, 8)
    backbone.save_to_preset(tmp_path / "backbone")
    words = [f"--backbone={tmp_path}/backbone", f"--data={folder}"]
    train = f"--train={folder}/mixed_same/val"
    status, out, error = backgrounds(capsys, *words, train)
    assert status == 0, error
    assert set(json.loads(out)) == {"mixed_same", "mixed_rand", "bg_gap"}
    status, _, error = backgrounds(capsys, *words)
    assert status == 2
    assert error.startswith("attmask: error: --train: expected labelled images")
