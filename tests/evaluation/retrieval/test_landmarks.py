import json

import numpy as np
import pytest
from PIL import Image
from retrieval_layouts import write_revisited
from sklearn.datasets import load_sample_images

from keras_attmask.errors import InputError
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import retrieval
from keras_attmask.evaluation.retrieval.landmarks import step_of
from keras_attmask.models import VisionTransformer

CHINA, FLOWER = load_sample_images().images
PART = FLOWER[100:132, 200:232]
# A part of the flower before the whole of China.
PASTED = CHINA[::8, ::8][:40, :72].copy()
PASTED[4:36, 8:40] = PART
BOX = [8, 4, 40, 36]


@pytest.fixture(scope="module")
def reader():
    return Reader(VisionTransformer((16, 16, 3), 8, 1, 2, 16), batch_size=8)


@pytest.fixture
def folder(tmp_path):
    """Two queries: what is found depends on whether they are cut."""
    row = {"bbx": BOX, "easy": [0], "hard": [], "junk": []}
    return write_revisited(
        tmp_path,
        {"first": PASTED, "second": PASTED},
        {"part": PART, "whole": PASTED, "other": CHINA[:40, :40]},
        [row, row | {"easy": [], "hard": [0], "junk": [1]}],
    )


def scores(reader, folder, **settings):
    return retrieval(reader, folder, image_size=72, **settings)


def test_queries_are_cut_to_their_boxes(reader, folder, tmp_path):
    found = scores(reader, folder, output=tmp_path / "out")
    assert found["map_easy"] == found["map_medium"] == found["map_hard"] == 1
    assert found["mp_at_1_easy"] == found["mp_at_10_hard"] == 1
    assert (found["queries"], found["images"]) == (2, 3)
    written = (tmp_path / "out" / "retrieval.json").read_text()
    assert json.loads(written) == found
    assert Image.open(tmp_path / "out" / "retrieval.png").width > 300


def test_or_are_not(reader, folder):
    found = scores(reader, folder.parent, crop_queries=False)
    # The whole comes first: junk for the second query, wrong for the first,
    # whose right image comes second or third.
    assert found["mp_at_1_easy"] == 0
    second, third = (0 + 1 / 2) / 2, (0 + 1 / 3) / 2
    easy = found["map_easy"]
    assert easy == pytest.approx(second) or easy == pytest.approx(third)
    assert found["map_hard"] in (1, pytest.approx(second))


def test_few_queries_and_images(reader, folder):
    found = scores(reader, folder, limit=1)
    assert found["map_easy"] == 1 and "map_hard" not in found
    assert (found["queries"], found["images"]) == (1, 1)


@pytest.mark.parametrize(
    "patch_size, image_size, side_step, expected",
    [
        (16, 512, None, 16),
        (14, 512, None, 14),
        (8, 512, None, 16),
        (4, 512, None, 16),
        (8, 224, None, 8),
        (16, 4, None, 16),
        (8, 512, 8, 8),
        (16, 512, 64, 64),
    ],
)
def test_sides_are_multiples_of_few_patches(
    patch_size, image_size, side_step, expected
):
    step = step_of(patch_size, image_size, side_step)
    assert step == expected and step % patch_size == 0


def test_a_coarser_step_leaves_fewer_shapes(reader, folder):
    # 40 x 72 becomes 32 x 64, and the part stays 32 x 32.
    found = scores(reader, folder, side_step=32, scales=(1, 0.5))
    assert found["map_easy"] == 1


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"side_step": 12}, "side_step: .* patch, 8 pixels, got 12"),
        ({"side_step": 0}, "side_step: .* got 0"),
        ({"scales": ()}, "scales: expected factors"),
        ({"scales": (1, 2)}, "scales: expected factors"),
        ({"side_step": 80}, "image_size: expected 80 pixels or more.* got 72"),
    ],
)
def test_settings_that_do_not_fit_are_named(reader, folder, settings, words):
    with pytest.raises(InputError, match=f"^{words}"):
        scores(reader, folder, **settings)


def test_nothing_to_find_is_named(reader, tmp_path):
    row = {"bbx": BOX, "easy": [], "hard": [], "junk": [0]}
    write_revisited(tmp_path, {"asked": PART}, {"a": PART}, [row])
    with pytest.raises(InputError, match="^data: expected easy or hard"):
        scores(reader, tmp_path)


def test_broken_weights_are_named(folder):
    backbone = VisionTransformer((16, 16, 3), 8, 1, 2, 16)
    table = backbone.class_token.weights[0]
    table.assign(np.full(table.shape, np.nan))
    with pytest.raises(InputError, match="`features` must be finite"):
        retrieval(backbone, folder, image_size=32, scales=(1,))
