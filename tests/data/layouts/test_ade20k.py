import numpy as np
import pytest
from layout_files import make_ade20k
from layout_files import save

from keras_attmask.data.layouts.ade20k import is_ade20k
from keras_attmask.data.layouts.ade20k import open_ade20k
from keras_attmask.errors import InputError

MASK = np.zeros((40, 60), "uint8")
MASK[10:, :20], MASK[:10, 20:] = 1, 150


@pytest.fixture
def root(tmp_path):
    return make_ade20k(
        tmp_path, {"training": [MASK, MASK], "validation": [MASK]}
    )


def test_classes_begin_at_1_and_0_is_everything_else(root):
    part = open_ade20k(root)
    found = part.mask(0)
    np.testing.assert_array_equal(found == 0, MASK == 1)
    np.testing.assert_array_equal(found == 149, MASK == 150)
    np.testing.assert_array_equal(found == 255, MASK == 0)
    assert part.source.read(0).shape == (40, 60, 3)
    assert len(part.class_names) == 150
    assert part.class_names[::149] == ("thing 1, or so", "thing 150, or so")


def test_splits_and_the_folder_around_it(root):
    assert len(open_ade20k(root.parent, "train")) == 2
    assert len(open_ade20k(root.parent, "val")) == 1
    assert is_ade20k(root) and is_ade20k(root.parent)
    assert not is_ade20k(root / "images")


def test_names_are_numbers_where_nobody_tells_them(root):
    (root / "objectInfo150.txt").unlink()
    assert open_ade20k(root).class_names[7] == "7"


def test_what_is_missing_or_broken_is_named(root):
    (root / "objectInfo150.txt").write_text("1\tx\twall\n")
    with pytest.raises(InputError, match="objectInfo150.txt, got none of c.*2"):
        open_ade20k(root)
    (root / "objectInfo150.txt").unlink()
    mask = root / "annotations/validation/ADE_valid_00000001.png"
    save(MASK + 5, mask)
    with pytest.raises(InputError, match=f"0 to 150, got 155 in {mask}$"):
        open_ade20k(root).mask(0)
    mask.unlink()
    with pytest.raises(InputError, match=f"got no {mask}$"):
        open_ade20k(root)
    with pytest.raises(InputError, match="images/validation/ .*, got none$"):
        open_ade20k(root / "images")
