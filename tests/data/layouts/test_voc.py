import shutil

import numpy as np
import pytest
from layout_files import make_voc

from keras_attmask.data.layouts.voc import is_voc
from keras_attmask.data.layouts.voc import open_voc
from keras_attmask.data.layouts.voc_boxes import read_boxes
from keras_attmask.errors import InputError

MASK = np.zeros((40, 60), "uint8")
MASK[5:15, 10:30], MASK[20:, 40:], MASK[0] = 8, 20, 255
BOXES = [(11, 6, 30, 15), (41, 21, 60, 40)]


@pytest.fixture
def root(tmp_path):
    masks = {"train": [MASK, MASK], "val": [MASK]}
    return make_voc(tmp_path, masks, [BOXES, [], BOXES[:1]])


def test_classes_are_the_indices_of_the_palette(root):
    part = open_voc(root)
    np.testing.assert_array_equal(part.mask(0), MASK)
    assert part.class_names[8] == "cat" and len(part.class_names) == 21
    assert part.boxes is None


def test_boxes_hold_the_pixels_that_the_file_names(root):
    # Pixels 11 to 30, counted from 1, are those from 10 to before 30.
    part = open_voc(root, "train", "things")
    assert part.boxes[0].tolist() == [[10, 5, 30, 15], [40, 20, 60, 40]]
    assert part.boxes[1].shape == (0, 4)
    left, top, right, bottom = part.boxes[0][0].astype(int)
    inside = part.mask(0)[top:bottom, left:right]
    assert (inside == 8).all() and inside.size == (MASK == 8).sum()


def test_things_are_classes_where_there_are_no_things(root):
    shutil.rmtree(root / "SegmentationObject")
    np.testing.assert_array_equal(open_voc(root, masks="things").mask(0), MASK)


def test_any_folder_around_it_and_the_newest_year(root):
    for path in (root, root.parent, root.parent.parent):
        assert is_voc(path) and len(open_voc(path, "train")) == 2
    older = root.parent / "VOC2007"
    shutil.copytree(root, older)
    (older / "ImageSets/Segmentation/train.txt").write_text("2007_train0\n")
    assert len(open_voc(root.parent, "train")) == 2
    assert len(open_voc(older, "train")) == 1
    assert not is_voc(root / "JPEGImages")


@pytest.mark.parametrize(
    "name",
    [
        "JPEGImages/2007_val0.jpg",
        "SegmentationObject/2007_val0.png",
        "Annotations/2007_val0.xml",
        "ImageSets/Segmentation/val.txt",
    ],
)
def test_a_missing_file_is_named(root, name):
    (root / name).unlink()
    with pytest.raises(InputError, match=f"^data: .*{root / name}"):
        open_voc(root, masks="things")


def test_a_list_cannot_lead_elsewhere(root):
    (root / "ImageSets/Segmentation/val.txt").write_text("../../secret\n")
    with pytest.raises(InputError, match="val.txt, got '../../secret'$"):
        open_voc(root)
    with pytest.raises(InputError, match="JPEGImages/ .*, got none$"):
        open_voc(root / "JPEGImages")


ENTITIES = """<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;">]>
<annotation><object><name>&c;</name></object></annotation>"""
THING = "<annotation><object>{}</object></annotation>"
BOX = "<bndbox><xmin>{}</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>"


@pytest.mark.parametrize(
    "text, words",
    [
        (ENTITIES, r"\(a document type, which none of VOC has\)"),
        (ENTITIES.encode("utf-16"), r"\(a document type"),
        ("<annotation><object>", r"annotation of VOC, got .*\(no element"),
        ("", r"\(no element found"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", r"annotation of VOC"),
        (THING.format(""), "box with xmin, .*None, None"),
        (THING.format(BOX.format("wide") + "</bndbox>"), "got .'wide', '1'"),
        (THING.format(BOX.format("nan") + "</bndbox>"), "got .'nan'"),
        (THING.format(BOX.format("10") + "</bndbox>"), "got .'10'"),
    ],
)
def test_documents_of_another_kind_are_refused(text, words, tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=f"^data: .*{words}[^\n]*$") as found:
        read_boxes(path)
    assert str(path) in str(found.value)
