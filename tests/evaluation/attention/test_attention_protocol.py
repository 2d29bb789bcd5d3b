import dataclasses
import json
import types

import numpy as np
import pytest
from attentive import GREY
from attentive import make_backbone
from attentive import make_part
from keras import ops
from layout_files import make_image_masks
from layout_files import make_voc
from PIL import Image

from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import ClassAttentionHeads
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import attention
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import call_as_one

PART = make_part()


def test_the_attention_of_a_source_is_that_of_the_backbone():
    backbone = make_backbone((1, -1))
    found = Reader(backbone, GREY, 2).answers(ClassAttentionHeads, PART.source)
    expected = call_as_one(
        backbone, GREY(PART.source.images), outputs=("class_attention_heads",)
    )["class_attention_heads"]
    assert found.shape == (3, 2, 24)
    np.testing.assert_allclose(
        found, ops.convert_to_numpy(expected), rtol=0, atol=1e-6
    )


def test_one_head_that_sees_the_thing(tmp_path):
    scores = attention(
        make_backbone(), PART, GREY, batch_size=2, output=tmp_path
    )
    # Six patches have a sixth each: 60 % are four, in three columns.
    assert scores["jaccard"] == pytest.approx(4 / 6)
    assert scores["jaccard_head_1"] == scores["jaccard_best_head"]
    assert scores["jaccard_objects"] == scores["jaccard"]
    assert scores["auc"] == 1.0 and scores["corloc"] == 1.0
    assert scores["jaccard_everything"] == pytest.approx(6 / 24)
    assert scores["images"] == 3
    # In the middle stands the second thing alone.
    assert 0.5 < scores["auc_baseline"] < 1
    assert scores["corloc_baseline"] < 1
    assert json.loads((tmp_path / "attention.json").read_text()) == scores
    sheet = np.asarray(Image.open(tmp_path / "attention.png"))
    assert sheet.shape[0] > 300 and sheet[..., :3].std() > 20


def test_more_mass_keeps_more_patches():
    scores = attention(make_backbone(), PART, GREY, mass=0.95)
    assert scores["jaccard"] == 1.0


def test_a_head_that_looks_elsewhere():
    scores = attention(make_backbone((1, -1)), PART, GREY)
    assert scores["jaccard_head_1"] == pytest.approx(4 / 6)
    assert scores["jaccard_head_2"] == 0
    assert scores["jaccard_best_head"] == pytest.approx(4 / 6)
    # A sixth of one is more than an eighteenth of the other.
    assert scores["auc"] == 1.0
    # Both halves: six patches, and a tenth more of the other eighteen.
    assert 0.5 < scores["jaccard"] <= 6 / 9
    dark = attention(make_backbone((-1,)), PART, GREY)
    assert dark["auc"] == 0 and dark["corloc"] == 0


def test_images_without_things_do_not_count():
    part = make_part(((0, 0), (2, 2)))
    part.masks[0] = 0
    scores = attention(make_backbone(), part, GREY)
    assert scores["images"] == 1 and scores["jaccard"] == pytest.approx(4 / 6)
    part.masks[0] = part.masks[1]  # wrong: the thing is elsewhere
    scores = attention(make_backbone(), part, GREY)
    assert scores["images"] == 2 and scores["corloc"] == 0.5
    assert attention(make_backbone(), part, GREY, limit=1)["corloc"] == 0


def test_boxes_that_are_given_count():
    part = make_part(((1, 1),))
    part.boxes = np.array([[[4, 4, 16, 12], [-1] * 4]], "float32")
    assert attention(make_backbone(), part, GREY)["corloc"] == 1
    part.boxes = np.array([[[0, 0, 24, 16]]])  # four times as large
    assert attention(make_backbone(), part, GREY)["corloc"] == 0


def test_photographs_in_published_layouts(tmp_path):
    mask = np.zeros((40, 60), "uint8")
    mask[10:30, 20:50], mask[0] = 3, 255
    backbone = make_backbone((1, -1), channels=3)
    reader = Reader(
        backbone, Preprocessing((16, 24, 3), (0.0,) * 3, (1.0,) * 3)
    )
    box = (21, 11, 50, 30)
    make_voc(tmp_path, {"train": [mask], "val": [mask, mask]}, [[box]] * 3)
    make_image_masks(tmp_path / "plain" / "test", [mask, mask])
    found = [attention(reader, tmp_path / n) for n in ("VOCdevkit", "plain")]
    # The region of the mask has the very box of the annotation.
    assert found[0] == pytest.approx(found[1]) and found[0]["images"] == 2
    assert 0.2 < found[0]["jaccard_everything"] < 0.3


@pytest.mark.parametrize(
    "change, settings, words",
    [
        ({}, {"mass": 0}, "mass: .* at most 1, got 0"),
        ({}, {"mass": 1.5}, "mass: .* got 1.5"),
        ({}, {"limit": 0}, "limit: .* got 0"),
        ({"masks": PART.masks[1:]}, {}, "data: .* each of 3 test .*, got 2"),
        ({"masks": 0 * PART.masks}, {}, "data: .*above 0 that count, got none"),
        ({"masks": 255 * PART.masks}, {}, "data: .* got none"),
        ({"masks": PART.masks[:, 1:]}, {}, r"data: .* got \(15, 24\) for"),
        ({"boxes": [[]]}, {}, "data: .*boxes for each of 3"),
    ],
)
def test_mistakes_are_one_line(change, settings, words):
    part = types.SimpleNamespace(**{**vars(PART), **change})
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        attention(make_backbone(), part, GREY, **settings)


def test_networks_and_sizes_that_do_not_fit():
    odd = dataclasses.replace(GREY, image_shape=(18, 24, 1))
    with pytest.raises(InputError, match="^preprocessing: .* 4, got 18x24$"):
        attention(make_backbone(), PART, odd)
    broken = VisionTransformer((16, 24, 1), 4, 1, 2, 16)
    broken.blocks[0].attention.qkv.bias.assign(np.full(48, np.nan))
    with pytest.raises(InputError, match="^backbone: .*got NaN or infinity$"):
        attention(broken, PART, GREY)
