import json

import keras
import numpy as np
import pytest

from keras_attmask.applications import load_classifier
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.data import open_source
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Head
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import linear
from keras_attmask.evaluation import linear_head
from keras_attmask.evaluation import sweep_heads
from keras_attmask.evaluation.block_vectors import BlockVectors
from keras_attmask.evaluation.block_vectors import columns_of
from keras_attmask.evaluation.cropped import Cropped
from keras_attmask.models import VisionTransformer

PREPROCESSING = Preprocessing((28, 28, 1), (0.3,), (0.3,))
PART = {
    name: open_source(f"bundled:fashion_mnist/{name}", limit=limit)
    for name, limit in (("train", 120), ("test", 50))
}
DATA = PART["train"], PART["test"]


@pytest.fixture(scope="module")
def reader():
    keras.utils.set_random_seed(0)
    backbone = VisionTransformer((28, 28, 1), 14, 3, 2, 16)
    return Reader(backbone, PREPROCESSING, batch_size=32)


@pytest.mark.parametrize("blocks", [1, 2, 3])
@pytest.mark.parametrize("pooling", ["token", "avg", "token+avg"])
def test_columns_are_what_other_vectors_are(reader, blocks, pooling):
    held = 3, "token+avg"
    images = PART["test"]
    whole = reader.answers(
        BlockVectors, images, num_blocks=3, pooling="token+avg"
    )
    part = reader.answers(
        BlockVectors, images, num_blocks=blocks, pooling=pooling
    )
    places = columns_of(16, held, (blocks, pooling))
    np.testing.assert_allclose(whole[:, places], part, rtol=0, atol=1e-5)


def test_a_sweep_has_forty_heads_or_less_for_few_blocks():
    assert len(set(sweep_heads(12))) == 40
    assert {head.num_blocks for head in sweep_heads(12)} == {1, 4}
    assert len(sweep_heads(1)) == 20
    assert {head.num_blocks for head in sweep_heads(3)} == {1, 3}


def test_a_sweep_ends_with_a_classifier_that_others_can_use(reader, tmp_path):
    heads = [Head(rate, 2, "token+avg") for rate in (1e-4, 0.3)]
    heads.append(Head(0.3, 1))
    scores = linear(
        reader,
        DATA,
        heads=heads,
        epochs=8,
        augment=False,
        standardise=True,
        output=tmp_path,
    )
    assert 0.3 < scores["linear"] <= scores["linear_best"] <= 1
    assert scores["linear"] <= scores["linear_top5"]
    assert 1 <= scores["best_epoch"] <= 8
    assert scores["learning_rate"] == 0.3
    assert json.loads((tmp_path / "linear.json").read_text()) == scores
    rows = json.loads((tmp_path / "linear_heads.json").read_text())
    assert max(row["last"] for row in rows) == scores["linear"]
    assert max(row["best"] for row in rows) == scores["linear_best"]
    assert rows[0]["last"] < scores["linear"]  # it has hardly moved
    assert (tmp_path / "linear.png").read_bytes()[:4] == b"\x89PNG"
    classifier = load_classifier(tmp_path / "classifier")
    assert classifier.names == PART["train"].class_names
    prepare = load_preprocessing(tmp_path / "classifier")
    found = classifier.predict(prepare(PART["test"].images), verbose=0)
    right = (found.argmax(1) == PART["test"].labels).mean()
    assert right == pytest.approx(scores["linear"], abs=0.021)


@pytest.mark.parametrize("augment", [True, False])
def test_one_head(reader, augment, tmp_path):
    scores = linear(
        reader,
        DATA,
        heads=[Head(2.0, 1)],
        epochs=6,
        augment=augment,
        output=tmp_path,
    )
    names = ["linear", "linear_top5", "linear_best", "best_epoch"]
    assert list(scores) == names
    assert scores["linear_top5"] > 0.5  # what guessing would give
    assert (tmp_path / "linear.png").exists()
    again = linear(
        reader, DATA, heads=[Head(2.0, 1)], epochs=6, augment=augment
    )
    assert again == scores


def test_crops_are_new_in_each_epoch_and_of_a_seed(reader):
    def epoch(number, seed=0):
        stream = Cropped(reader, PART["test"], (1, "token"), 20, seed)
        found = np.empty((50, 16), "float32")
        for features, rows in stream(number):
            assert features.shape == (20, 16)
            found[rows] = features[: len(rows)]
        return found

    first = epoch(0)
    np.testing.assert_allclose(first, epoch(0), rtol=0, atol=1e-6)
    assert np.abs(first - epoch(1)).max() > 1e-3
    assert np.abs(first - epoch(0, 1)).max() > 1e-3


def test_a_head_to_be_used(reader):
    classifier = linear_head(reader, PART["train"], epochs=20)
    assert classifier.backbone is reader.backbone
    assert classifier.names == PART["train"].class_names
    found = classifier.predict(PREPROCESSING(PART["train"].images), verbose=0)
    assert (found.argmax(1) == PART["train"].labels).mean() > 0.5


def test_without_heads_it_is_the_official_one_or_what_blocks_there_are(reader):
    settings = {"epochs": 2, "augment": False}
    expected = linear(reader, DATA, heads=[Head(0.005, 3)], **settings)
    assert linear(reader, DATA, **settings) == expected


def test_one_class_is_right_always(reader):
    one = ArraySource(PART["test"].images[:5], np.zeros(5, "int64"))
    scores = linear(
        reader, (one, one), epochs=2, augment=False, heads=[Head(1, 1)]
    )
    assert scores["linear"] == scores["linear_best"] == 1


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"epochs": 0}, "^epochs: .* got 0"),
        ({"heads": []}, "^heads: .* none"),
        ({"heads": [Head(1, 4)]}, "^num_blocks: expected 1 to 3.* got 4"),
        ({"standardise": True, "heads": [Head(1, 1)]}, "^standardise: "),
    ],
)
def test_mistakes_are_one_line(reader, settings, words):
    with pytest.raises(InputError, match=words):
        linear(reader, DATA, **settings)


def test_features_that_are_no_numbers_are_counted():
    backbone = VisionTransformer((28, 28, 1), 14, 1, 1, 8)
    backbone.norm.gamma.assign(backbone.norm.gamma * np.nan)
    with pytest.raises(InputError, match="^backbone: .* 120 images"):
        linear(
            backbone,
            DATA,
            PREPROCESSING,
            heads=[Head(1, 1)],
            augment=False,
        )


@pytest.mark.parametrize("settings", [{"learning_rate": 0}, {"pooling": "max"}])
def test_heads_that_are_none(settings):
    (name,) = settings
    with pytest.raises(InputError, match=f"^{name}: expected"):
        Head(**settings)


def test_images_must_be_square_to_be_cropped():
    backbone = VisionTransformer((28, 14, 1), 14, 1, 1, 8)
    preprocessing = Preprocessing((28, 14, 1), (0.3,), (0.3,))
    with pytest.raises(InputError, match="^preprocessing: .* 28x14"):
        linear(backbone, DATA, preprocessing, heads=[Head(1, 1)])


def test_a_class_that_training_lacks_keeps_its_name(reader, tmp_path):
    images = PART["train"].images[:4]
    train = ArraySource(images, np.array([0, 1, 0, 1]), ("bag", "shoe"))
    test = ArraySource(images, np.array([0, 1, 2, 2]), ("bag", "coat", "shoe"))
    linear(
        reader, (train, test), heads=[Head(0.1, 1)], epochs=1, output=tmp_path
    )
    found = load_classifier(tmp_path / "classifier").names
    assert tuple(found) == ("bag", "shoe", "coat")
