import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from keras_attmask.evaluation.retrieval.thumbnails import Thumbnails
from keras_attmask.evaluation.retrieval.thumbnails import thumbnail_size

CHINA = load_sample_images().images[0]  # 427 x 640


@pytest.fixture
def china(tmp_path):
    path = tmp_path / "china.png"
    Image.fromarray(CHINA).save(path)
    return str(path)


def thumbnails(path, box=None, longest=200, step=1, shortest=1):
    return Thumbnails([(path, box)], longest, step, shortest, "photographs")


def test_sizes_are_those_of_pillow():
    for width in range(1, 260, 9):
        for height in range(1, 260, 7):
            image = Image.new("1", (width, height))
            image.thumbnail((97, 97))
            assert thumbnail_size(width, height, 97) == image.size


def test_pixels_are_those_of_pillow(china):
    image = Image.fromarray(CHINA)
    image.thumbnail((200, 200), Image.Resampling.LANCZOS)
    found = thumbnails(china)
    assert found.size(0) == (133, 200)
    np.testing.assert_array_equal(found.read(0), np.asarray(image))


def test_what_fills_no_step_is_left_out(china):
    whole = thumbnails(china).read(0)
    found = thumbnails(china, step=16)
    assert found.size(0) == (128, 192)
    np.testing.assert_array_equal(found.read(0), whole[:128, :192])


def test_a_box_is_cut_first(china):
    box = (10.4, 20.6, 110.2, 80.9)
    np.testing.assert_array_equal(
        thumbnails(china, box).read(0), CHINA[21:81, 10:110]
    )
    # Of a box that leaves the photograph the part inside.
    found = thumbnails(china, (-5.0, 400.0, 30.0, 900.0))
    np.testing.assert_array_equal(found.read(0), CHINA[400:, :30])
    assert thumbnails(china, (900.0, 900.0, 901.0, 901.0)).size(0) == (1, 1)


def test_short_sides_are_stretched(china):
    found = thumbnails(china, (0, 0, 100, 5), step=8, shortest=16)
    assert found.size(0) == found.read(0).shape[:2] == (16, 96)


def test_the_camera_is_not_turned(tmp_path):
    image = Image.fromarray(CHINA)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.png", exif=exif)
    found = thumbnails(str(tmp_path / "turned.png"), longest=640)
    np.testing.assert_array_equal(found.read(0), CHINA)
    assert found.size(0) == CHINA.shape[:2]


def test_a_part_is_of_the_same_kind(china):
    photographs = [(china, None), (china, (0, 0, 64, 64))]
    found = Thumbnails(photographs, 48, 16, 16, "photographs").take([1])
    assert len(found) == 1 and found.size(0) == (48, 48)
    assert found.name_of(0) == china
