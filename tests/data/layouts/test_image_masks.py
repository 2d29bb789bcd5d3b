import numpy as np
import pytest
from layout_files import make_image_masks
from layout_files import photo

from keras_attmask.data.layouts.image_masks import has_both_parts
from keras_attmask.data.layouts.image_masks import is_image_masks
from keras_attmask.data.layouts.image_masks import open_image_masks
from keras_attmask.errors import InputError

MASKS = np.arange(3)[:, None, None] + np.zeros((3, 40, 60), "uint8")


def test_a_mask_has_the_path_of_its_image(tmp_path):
    part = open_image_masks(make_image_masks(tmp_path, MASKS))
    assert len(part) == 3 and part.boxes is part.class_names is None
    for index in range(3):
        assert part.source.name_of(index).endswith(f"images/some/{index}.jpg")
        np.testing.assert_array_equal(part.mask(index), MASKS[index])


@pytest.mark.parametrize("name", ["test", "val", "validation"])
def test_two_parts_in_one_folder(name, tmp_path):
    make_image_masks(tmp_path / "train", MASKS)
    assert is_image_masks(tmp_path) and not has_both_parts(tmp_path)
    with pytest.raises(InputError, match=f"test or val or .*{tmp_path}"):
        open_image_masks(tmp_path)
    make_image_masks(tmp_path / name, MASKS[:2])
    assert has_both_parts(tmp_path) and not is_image_masks(tmp_path / "x")
    assert len(open_image_masks(tmp_path, "train")) == 3
    assert len(open_image_masks(tmp_path)) == 2


def test_every_image_has_one_mask_of_its_own(tmp_path):
    make_image_masks(tmp_path, MASKS)
    twin = tmp_path / "images/some/1.png"
    photo(0, (40, 60)).save(twin)
    with pytest.raises(InputError, match=f"1.jpg and {twin} for "):
        open_image_masks(tmp_path)
    twin.unlink()
    mask = tmp_path / "masks/some/2.png"
    mask.unlink()
    with pytest.raises(InputError, match=f"2.jpg, got no {mask}$"):
        open_image_masks(tmp_path)
