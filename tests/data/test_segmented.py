import numpy as np
import pytest
from PIL import Image

from keras_attmask.data import ArraySource
from keras_attmask.data import make_scenes
from keras_attmask.data.files_by_index import read_mask
from keras_attmask.data.segmented import Segmented
from keras_attmask.data.segmented import segmented
from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError

LABELS = np.array([[0, 1, 2], [200, 255, 3]], "uint8")


def test_indices_of_a_palette_count_not_its_colours(tmp_path):
    image = Image.fromarray(LABELS)
    image.putpalette(np.random.default_rng(0).bytes(768))
    image.save(tmp_path / "palette.png")
    assert Image.open(tmp_path / "palette.png").mode == "P"
    np.testing.assert_array_equal(read_mask(tmp_path / "palette.png"), LABELS)


@pytest.mark.parametrize(
    "values, kind",
    [
        (LABELS, "uint8"),
        (LABELS.astype("uint16") * 100, "int32"),
        (LABELS > 1, "uint8"),
    ],
)
def test_grey_masks_of_any_depth(values, kind, tmp_path):
    Image.fromarray(values).save(tmp_path / "grey.png")
    found = read_mask(tmp_path / "grey.png")
    assert found.dtype == kind
    np.testing.assert_array_equal(found, values)


def test_colours_and_broken_files_are_no_masks(tmp_path):
    Image.new("RGB", (3, 2)).save(tmp_path / "colours.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for name, words in (
        ("colours", "one channel .*, got RGB in"),
        ("broken", "readable image, got"),
        ("missing", "readable file, got"),
    ):
        path = tmp_path / f"{name}.png"
        with pytest.raises(InputError, match=f"^data: .*{words} {path}"):
            read_mask(path)


def test_a_part_keeps_together_what_belongs_together():
    scenes = make_scenes("test", 6, (56, 56))
    part = segmented(scenes, limit=5).take([4, 1])
    assert len(part) == len(part.boxes) == 2
    for place, index in enumerate((4, 1)):
        np.testing.assert_array_equal(
            part.source.read(place), scenes.images[index]
        )
        np.testing.assert_array_equal(part.mask(place), scenes.masks[index])
        np.testing.assert_array_equal(part.boxes[place], scenes.boxes[index])
    assert len(segmented(scenes, limit=100)) == 6


def part_of(masks, **more):
    source = ArraySource(np.zeros((2, 2, 3, 1), "uint8"), name="photos")
    return Segmented(source, masks, **more)


@pytest.mark.parametrize(
    "masks, words",
    [
        (np.zeros((2, 2, 3)), r"got float64 \(2, 3\) for image 0 of photos"),
        (np.zeros((2, 2, 3, 1), int), r"got int64 \(2, 3, 1\) for image 0"),
        (np.full((2, 2, 3), -1), "from 0, got int64"),
        (np.zeros((2, 3, 2), int), r"size, \(2, 3\), got \(3, 2\) for image 0"),
    ],
)
def test_a_mask_that_does_not_fit_is_named(masks, words):
    with pytest.raises(InputError, match=f"^data: .*{words}[^\n]*$"):
        part_of(masks).mask(0)


def test_parts_that_do_not_fit_are_named():
    masks = np.zeros((3, 2, 3), "uint8")
    for part, words in (
        (part_of(masks), "masks for each of 2 train images, got 3"),
        (part_of(masks[:2], boxes=[[]]), "boxes for each of 2 train"),
        (open_source("bundled:fashion_mnist/test"), "or a path, got ArrayS"),
    ):
        with pytest.raises(InputError, match=f"^data: .*{words}"):
            segmented(part, "train")
    with pytest.raises(InputError, match="^limit: .*got 0$"):
        segmented(part_of(masks[:2]), limit=0)


def test_a_mask_fits_the_image_as_it_is_seen(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif)
    source = open_source(tmp_path / "a.jpg")
    mask = np.zeros((30, 20), "uint8")
    assert Segmented(source, [mask]).mask(0).shape == (30, 20)
