import numpy as np
import pytest
from layout_files import make_ade20k
from layout_files import make_image_masks
from layout_files import make_voc

from keras_attmask.data import make_scenes
from keras_attmask.data.layouts.masked_images import masked_things
from keras_attmask.data.layouts.masked_images import masked_train_and_test
from keras_attmask.errors import InputError

MASKS = np.arange(3)[:, None, None] + np.zeros((3, 40, 60), "uint8")
BOX = [(1, 1, 5, 5)]


def counts(data, limit=None):
    return tuple(map(len, masked_train_and_test(data, limit)))


def test_each_layout_is_known(tmp_path):
    make_ade20k(tmp_path / "a", {"training": MASKS, "validation": MASKS[:2]})
    make_voc(tmp_path / "b", {"train": MASKS, "val": MASKS[:1]}, [BOX] * 4)
    make_image_masks(tmp_path / "c/train", MASKS)
    make_image_masks(tmp_path / "c/val", MASKS[:2])
    assert counts(tmp_path / "a") == (3, 2)
    assert counts(str(tmp_path / "b/VOCdevkit")) == (3, 1)
    assert counts(tmp_path / "c", limit=1) == (1, 1)
    assert counts((tmp_path / "b", tmp_path / "c/train")) == (3, 3)
    assert counts((make_scenes("train", 5), tmp_path / "a")) == (5, 2)


def test_things_are_those_of_the_test(tmp_path):
    make_voc(tmp_path / "b", {"train": MASKS, "val": MASKS[:2]}, [BOX] * 5)
    make_image_masks(tmp_path / "c/train", MASKS)
    make_image_masks(tmp_path / "c/test", MASKS[:2])
    found = masked_things(tmp_path / "b", limit=1)
    assert len(found) == 1 and found.boxes[0].tolist() == [[0, 0, 5, 5]]
    assert len(masked_things(tmp_path / "c")) == 2
    assert len(masked_things(tmp_path / "c/train")) == 3
    assert len(masked_things(make_scenes("train", 5), limit=2)) == 2


def test_other_things_are_one_line(tmp_path):
    make_image_masks(tmp_path / "c", MASKS)
    make_ade20k(tmp_path / "a", {"training": MASKS, "validation": MASKS[:2]})
    for opened, data, words in (
        (masked_train_and_test, tmp_path, "expected ADEChallengeData2016"),
        (masked_train_and_test, tmp_path / "x", "existing folder"),
        (masked_train_and_test, tmp_path / "c", "got one part alone"),
        (masked_train_and_test, make_scenes("train", 2), "got Scenes"),
        (masked_things, tmp_path / "a", "expected VOCdevkit"),
        (masked_things, tmp_path / "x", "existing folder"),
        (masked_things, 5, "or a path, got int"),
    ):
        with pytest.raises(InputError, match=f"^data: .*{words}[^\n]*$"):
            opened(data)
