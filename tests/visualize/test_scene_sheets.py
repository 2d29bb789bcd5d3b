"""Pictures of segments and of attention."""

import numpy as np
import pytest
from PIL import Image

from keras_attmask.errors import InputError
from keras_attmask.visualize import AttentionRow
from keras_attmask.visualize import attention_sheet
from keras_attmask.visualize import segment_sheet
from keras_attmask.visualize.segments import class_colours

IMAGES = np.full((2, 8, 12, 3), 255, "uint8")


def near(path, colour):
    """How many pixels of a picture have a colour, from 0 to 1."""
    pixels = np.array(Image.open(path))[..., :3].astype(int)
    distance = np.abs(pixels - np.round(255 * np.array(colour)))
    return (distance.max(axis=-1) <= 2).sum()


def test_colours_of_classes_differ():
    colours = class_colours(21)
    gaps = np.abs(colours[:, None] - colours).sum(axis=-1)
    assert gaps[~np.eye(21, dtype=bool)].min() > 0.1
    assert colours.min() >= 0 and colours.max() <= 1


def test_classes_are_painted_and_what_is_ignored_is_white(tmp_path):
    labels = np.zeros((2, 8, 12), int)
    labels[:, :, 4:8], labels[:, :, 8:] = 1, 255
    target = tmp_path / "new" / "sheet.png"
    columns = {"truth": labels, "found": np.minimum(labels, 1)}
    segment_sheet(IMAGES, columns, ("ground", "cat"), 255, target)
    ground, cat = (0.3 + 0.7 * colour for colour in class_colours(2))
    # In four pictures a third is ground, a third and in two two thirds cat.
    assert near(target, ground) == pytest.approx(
        near(target, cat) * 4 / 6, rel=0.05
    )


def row(kept):
    return AttentionRow(
        image=IMAGES[0],
        attention=np.arange(6) / 15,
        kept=np.arange(6) < kept,
        things=np.ones((8, 12), bool),
        boxes=np.array([[1.0, 1.0, 11.0, 7.0]]),
        found=np.array([0.0, 0.0, 8.0, 8.0]),
        caption="found",
    )


def test_patches_that_are_not_kept_are_grey_and_boxes_are_drawn(tmp_path):
    slate, counts = (0.42, 0.49, 0.57), []
    for kept in (6, 3, 0):
        target = tmp_path / f"{kept}.png"
        attention_sheet([row(kept), row(6)], (2, 3), target)
        counts.append(near(target, slate))
        for colour in ((26, 127, 55), (207, 34, 46)):
            assert near(target, np.array(colour) / 255) > 100
    assert counts[0] < 100 < counts[1]
    assert counts[2] == pytest.approx(2 * counts[1], rel=0.05)


def test_a_target_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="^`target`"):
        attention_sheet([row(3)], (2, 3), tmp_path / "file" / "sheet.png")


def test_dollar_signs_in_names_are_no_formula(tmp_path):
    labels = {"truth": np.zeros((2, 8, 12), int)}
    target = tmp_path / "sheet.png"
    segment_sheet(IMAGES, labels, ("$^$",), 255, target)
    assert target.is_file()
