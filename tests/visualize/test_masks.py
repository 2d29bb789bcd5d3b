import numpy as np
import pytest
from PIL import Image

from keras_attmask.errors import InputError
from keras_attmask.visualize import mask_sheet
from keras_attmask.visualize.sheet import patches_to_pixels


def inputs(channels=1):
    random = np.random.default_rng(0)
    return {
        "images": random.integers(0, 256, (2, 8, 12, channels), "uint8"),
        "class_attention": random.random((2, 6)),
        "masks": {"high": random.random((2, 6)) < 0.5},
        "grid": (2, 3),
    }


def test_a_patch_covers_its_own_pixels():
    pixels = patches_to_pixels(np.arange(6)[None], (2, 3), (4, 9))
    assert pixels.shape == (1, 4, 9)
    assert pixels[0, 1].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert pixels[0, 2].tolist() == [3, 3, 3, 4, 4, 4, 5, 5, 5]


@pytest.mark.parametrize("channels", [1, 2, 3, 12])
def test_hidden_patches_are_grey_and_visible_ones_are_not(channels, tmp_path):
    shown = inputs(channels)
    shown["images"][:] = 255
    slate = np.array([107, 125, 145])  # colour of a hidden patch
    counts = []
    for hidden in (0, 3, 6):
        shown["masks"] = {"high": np.arange(6) < np.full((2, 1), hidden)}
        mask_sheet(**shown, target=tmp_path / "new" / "sheet.png")
        pixels = np.array(Image.open(tmp_path / "new" / "sheet.png"))
        near = np.abs(pixels[..., :3].astype(int) - slate).max(axis=-1) <= 1
        counts.append(near.sum())
    assert counts[0] < 100 < counts[1]
    assert counts[2] == pytest.approx(2 * counts[1], rel=0.05)


@pytest.mark.parametrize(
    "change, name",
    [
        ({"images": np.zeros((2, 8, 12, 1))}, "images"),
        ({"class_attention": np.zeros((2, 5))}, "class_attention"),
        ({"masks": {"low": np.zeros((1, 6), bool)}}, "low"),
        ({"grid": (3, 2)}, "grid"),
    ],
)
def test_mistakes_are_named(change, name, tmp_path):
    with pytest.raises(InputError, match=f"^`{name}`.*got"):
        mask_sheet(**inputs() | change, target=tmp_path / "sheet.png")


def test_a_target_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="^`target`"):
        mask_sheet(**inputs(), target=tmp_path / "file" / "sheet.png")
