import json

import keras
import numpy as np
import pytest
from PIL import Image

from keras_attmask.data import open_source
from keras_attmask.errors import InputError
from keras_attmask.evaluation import knn
from keras_attmask.evaluation import report
from keras_attmask.evaluation.report.published import PUBLISHED
from keras_attmask.evaluation.report.published import published_beside
from keras_attmask.models import VisionTransformer

TAUGHT = ["knn", "linear", "lowshot", "masked"]
NAMED = ["cluster", "retrieval", "unlabelled"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Garments in folders: two classes to learn from and to measure on."""
    place = tmp_path_factory.mktemp("data") / "garments"
    for split, count in (("train", 12), ("test", 6)):
        source = open_source(f"bundled:fashion_mnist/{split}", limit=10 * count)
        for label in (1, 8):  # trousers and bags
            own = place / split / source.class_names[label]
            own.mkdir(parents=True)
            for index in np.flatnonzero(source.labels == label):
                source.open(index).save(own / f"{index:03}.png")
    return place


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Photographs without labels."""
    place = tmp_path_factory.mktemp("data") / "plain"
    place.mkdir()
    random = np.random.default_rng(0)
    for number in range(4):
        pixels = random.integers(0, 256, (30, 40, 3), "uint8")
        Image.fromarray(pixels).save(place / f"{number}.png")
    return place


@pytest.fixture(scope="module")
def backbone():
    keras.utils.set_random_seed(0)
    return VisionTransformer((28, 28, 3), 14, 1, 2, 16)


def test_all_that_data_allow_in_one_folder(backbone, folder, films, tmp_path):
    told = []
    found = report(
        backbone,
        [str(folder), str(films)],
        output=tmp_path,
        name="mine",
        say=told.append,
    )
    written = json.loads((tmp_path / "report.json").read_text())
    assert list(written["data"]["garments"]) == TAUGHT + NAMED
    assert list(written["data"]["plain"]) == ["unlabelled"]
    assert written["backbone"] == "mine" and written["left_out"] == {}
    voted = knn(backbone, folder)
    for name, value in voted.items():
        assert found[f"garments/knn/{name}"] == value
        assert written["data"]["garments"]["knn"][name] == value
    whole, seen = (written["data"]["garments"][n] for n in ("linear", "masked"))
    assert seen["accuracy"] == pytest.approx(whole["linear"], abs=0.09)
    text = (tmp_path / "report.md").read_text()
    assert text.startswith("# What mine is worth\n")
    assert f"| knn | knn | {100 * voted['knn']:.2f} % | 75.0 %" in text
    for picture in ("linear/linear.png", "masked/masked.png"):
        assert f"](garments/{picture})" in text
        assert (tmp_path / "garments" / picture).exists()
    assert "AttMask-High, ViT-S/16, 300 epochs of ImageNet" in text
    assert (tmp_path / "report.png").read_bytes()[:4] == b"\x89PNG"
    assert told[0] == "garments: knn" and "plain: unlabelled" in told


def test_what_one_protocol_cannot_use_is_told(backbone, folder, tmp_path):
    few = open_source(folder / "train", limit=4)
    alone = open_source(folder / "test", limit=1)  # has no other to be found
    found = report(backbone, {"few": (few, alone)}, output=tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    assert "few/knn/knn" in found
    reasons = written["left_out"]["few"]
    assert "retrieval" in reasons
    text = (tmp_path / "report.md").read_text()
    for protocol, reason in reasons.items():
        assert f"`{protocol}` was left out: {reason}" in text


def test_data_of_one_name_and_numbers_for_names(backbone, films, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 3), "uint8")
    found = report(backbone, [films, films, pixels], output=tmp_path)
    names = {name.partition("/")[0] for name in found}
    assert names == {"plain", "plain_", "data2"}


def test_nothing_there(backbone, tmp_path):
    with pytest.raises(InputError, match="^data: .*no/such"):
        report(backbone, "no/such", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_published_numbers_say_where_they_are_stated():
    for row in PUBLISHED:
        assert 0 < row.value < 1 and row.source and row.data and row.network
    assert [row.value for row in published_beside([("knn", "knn")])] == [
        0.75,
        0.728,
        0.725,
        0.497,
        0.495,
    ]
    assert published_beside([("knn", "no")]) == []


def test_nothing_is_written_beside_the_report(
    backbone, films, tmp_path, monkeypatch
):
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(films)
    for path in ("..", "."):
        output = tmp_path / "inner" / "report"
        found = report(backbone, path, limit=2, output=output)
        names = {name.partition("/")[0] for name in found}
        name = films.name if path == "." else films.parent.name
        assert names == {name}
    assert [p.name for p in tmp_path.iterdir()] == ["inner"]
    assert [p.name for p in (tmp_path / "inner").iterdir()] == ["report"]


@pytest.mark.parametrize("data", [[], {}])
def test_no_data_are_refused(backbone, tmp_path, data):
    with pytest.raises(InputError, match="^data: expected one .* got none"):
        report(backbone, data, output=tmp_path)


@pytest.mark.parametrize("word", ["../x", "..", "", 1])
def test_a_word_that_is_no_folder_is_refused(backbone, films, tmp_path, word):
    with pytest.raises(InputError, match="^data: expected words"):
        report(backbone, {word: films}, output=tmp_path)


def test_dollar_signs_are_no_formula(backbone, films, tmp_path):
    found = report(backbone, {"a$^$": films}, output=tmp_path, name="runs/$x_$")
    assert "a$^$/unlabelled/view_retrieval" in found
    assert "runs/$x_$" in (tmp_path / "report.md").read_text()


class Stopping(list):
    """Is told, and stops what goes on at a word."""

    def __call__(self, line):
        self.append(line)
        if line.endswith(": retrieval"):
            raise KeyboardInterrupt


def test_what_was_measured_before_a_stop_is_kept(backbone, folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        report(backbone, str(folder / "test"), output=tmp_path, say=Stopping())
    found = json.loads((tmp_path / "report.json").read_text())
    assert list(found["data"]["test"]) == ["cluster"]
    assert "cluster" in (tmp_path / "report.md").read_text()
