import dataclasses
import json
import types

import numpy as np
import pytest
from field_images import DATA
from field_images import PREPROCESSING
from field_images import make_backbone
from field_images import make_part
from keras import ops
from layout_files import make_ade20k
from layout_files import make_image_masks
from PIL import Image

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import class_iou
from keras_attmask.evaluation import segmentation
from keras_attmask.evaluation import segmentation_probe
from keras_attmask.models import VisionTransformer

KEYS = ["linear_miou", "linear_pixel_accuracy", "knn_miou"]
KEYS.append("knn_pixel_accuracy")


def test_both_probes_learn_what_patches_show(tmp_path):
    backbone = make_backbone()
    before = [ops.convert_to_numpy(w) for w in backbone.weights]
    scores = segmentation(
        backbone, DATA, PREPROCESSING, epochs=2, batch_size=4, output=tmp_path
    )
    assert list(scores) == KEYS
    # Edges of patches are blurred by the bilinear enlargement.
    assert scores["linear_miou"] > 0.85
    assert scores["linear_pixel_accuracy"] > 0.9
    assert scores["knn_miou"] > 0.9 and scores["knn_pixel_accuracy"] > 0.95
    for old, new in zip(before, backbone.weights):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(new))
    assert json.loads((tmp_path / "segmentation.json").read_text()) == scores
    by_class = json.loads((tmp_path / "segmentation_classes.json").read_text())
    assert by_class["classes"] == ["0", "1", "2"]
    for probe in ("linear", "knn"):
        confusion = np.array(by_class[probe]["confusion"])
        assert confusion.sum() == 6 * 16 * 24  # every pixel counts once
        np.testing.assert_allclose(
            by_class[probe]["iou"], class_iou(confusion), rtol=1e-9
        )
        assert scores[f"{probe}_miou"] == np.mean(by_class[probe]["iou"])
    sheet = np.asarray(Image.open(tmp_path / "segmentation.png"))
    assert sheet.shape[0] > 300 and sheet[..., :3].std() > 20


def test_the_linear_part_by_itself_repeats():
    backbone = make_backbone()
    scores = [
        segmentation_probe(backbone, DATA, PREPROCESSING, epochs=1)
        for _ in range(2)
    ]
    assert scores[0].keys() == {"miou", "pixel_accuracy"}
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_masks_of_other_images_teach_nothing():
    wrong = types.SimpleNamespace(
        source=DATA[0].source, masks=make_part(24, 2).masks
    )
    scores = segmentation(
        make_backbone(), (wrong, DATA[1]), PREPROCESSING, epochs=2
    )
    assert scores["linear_miou"] < 0.4 and scores["knn_miou"] < 0.45
    assert scores["linear_pixel_accuracy"] < 0.6
    assert scores["knn_pixel_accuracy"] < 0.6


def test_ignored_pixels_do_not_count(tmp_path):
    train, test = (
        types.SimpleNamespace(
            source=part.source, masks=np.where(part.masks == 2, 255, part.masks)
        )
        for part in DATA
    )
    backbone = make_backbone()
    segmentation(
        backbone, (train, test), PREPROCESSING, epochs=1, output=tmp_path
    )
    by_class = json.loads((tmp_path / "segmentation_classes.json").read_text())
    assert by_class["classes"] == ["0", "1"]
    for probe in ("linear", "knn"):
        confusion = np.array(by_class[probe]["confusion"])
        counted = [(test.masks == label).sum() for label in range(2)]
        assert confusion.sum(axis=1).tolist() == counted


def test_few_patches_and_a_small_bank_still_tell_classes():
    reader = Reader(make_backbone(), PREPROCESSING)
    settings = dict(epochs=4, patches=24 * 6, bank=30, num_neighbors=3)
    scores = segmentation(reader, DATA, **settings)
    assert scores["knn_miou"] > 0.7 and scores["linear_miou"] > 0.7
    assert scores == segmentation(reader, DATA, **settings)


def test_photographs_in_published_layouts(tmp_path):
    """Left and right halves, told by the position alone."""
    mask = np.ones((40, 60), "uint8")
    mask[:, 30:] = 7
    mask[:3] = 0
    prepared = Preprocessing((16, 24, 3), (0.5,) * 3, (0.25,) * 3)
    backbone = VisionTransformer((16, 24, 3), 4, 1, 1, 16)
    table = backbone.position_embedding.weights[0]
    table.assign(20 * np.sign(ops.convert_to_numpy(table)))
    reader = Reader(backbone, prepared)
    root = make_ade20k(tmp_path, {"training": [mask] * 3, "validation": [mask]})
    scores = segmentation(reader, root, output=tmp_path / "ade")
    assert scores["knn_miou"] == 1.0
    text = (tmp_path / "ade" / "segmentation_classes.json").read_text()
    ious = json.loads(text)["knn"]["iou"]
    assert len(ious) == 150 and ious.count(None) == 148
    for part, count in (("train", 3), ("test", 2)):
        make_image_masks(tmp_path / "plain" / part, [mask] * count)
    scores = segmentation(reader, tmp_path / "plain", limit=2)
    assert scores["knn_pixel_accuracy"] > 0.9


def test_a_label_beyond_the_classes_is_named(tmp_path):
    mask = np.ones((40, 60), "uint8")
    root = make_ade20k(tmp_path, {"training": [mask], "validation": [mask]})
    mask[5] = 200
    file = root / "annotations" / "validation" / "ADE_valid_00000001.png"
    Image.fromarray(mask).save(file)
    backbone = VisionTransformer((16, 24, 3), 4, 1, 1, 16)
    with pytest.raises(InputError, match=f"got 200 in {file}$"):
        segmentation(backbone, root, epochs=1)


def change_part(**change):
    return types.SimpleNamespace(**{**vars(DATA[1]), **change})


@pytest.mark.parametrize(
    "part, shape, settings, words",
    [
        (change_part(masks=DATA[1].masks[1:]), 16, {}, "data: .* 6 test .* 5"),
        (
            change_part(masks=DATA[1].masks[..., None]),
            16,
            {},
            r"data: .* \(16, 24, 1\) for image 0",
        ),
        (
            change_part(masks=DATA[1].masks / 2),
            16,
            {},
            "data: .* got float64",
        ),
        (DATA[1], 18, {}, "preprocessing: .* multiples of .* 4, got 18x24"),
        (DATA[1], 16, {"epochs": 0}, "epochs: .* got 0"),
        (DATA[1], 16, {"batch_size": 0}, "batch_size: .* got 0"),
        (DATA[1], 16, {"learning_rate": -1}, "learning_rate: .* got -1"),
        (DATA[1], 16, {"num_neighbors": 0}, "num_neighbors: .* got 0"),
        (DATA[1], 16, {"temperature": 0}, "temperature: .* got 0"),
        (DATA[1], 16, {"bank": 0}, "bank: .* got 0"),
        (DATA[1], 16, {"patches": 0}, "patches: .* got 0"),
        (DATA[1], 16, {"limit": 0}, "limit: .* got 0"),
    ],
)
def test_mistakes_are_one_line(part, shape, settings, words):
    preprocessing = dataclasses.replace(
        PREPROCESSING, image_shape=(shape, 24, 1)
    )
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        segmentation(
            make_backbone(), (DATA[0], part), preprocessing, **settings
        )


def test_where_nothing_counts_nothing_is_written(tmp_path):
    blank = change_part(masks=np.full_like(DATA[1].masks, 255))
    with pytest.raises(InputError, match="^data: expected pixels that count"):
        segmentation(
            make_backbone(),
            (DATA[0], blank),
            PREPROCESSING,
            epochs=1,
            output=tmp_path,
        )
    assert list(tmp_path.iterdir()) == []
