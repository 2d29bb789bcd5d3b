import numpy as np
import pytest
from PIL import Image
from tiny_davis import PALETTE
from tiny_davis import make_davis
from tiny_davis import scene
from tiny_davis import write_list

from keras_attmask.data.layouts.davis import is_davis
from keras_attmask.data.layouts.davis import open_davis
from keras_attmask.data.layouts.indexed_png import read_indexed
from keras_attmask.data.layouts.indexed_png import standard_palette
from keras_attmask.data.layouts.indexed_png import write_indexed
from keras_attmask.errors import InputError


@pytest.fixture
def root(tmp_path):
    return make_davis(tmp_path, frames=3)


def test_the_folder_or_the_one_above(root):
    for path in (root, root.parent, str(root)):
        assert is_davis(path)
        films = open_davis(path)
        assert [film.name for film in films] == ["film-0", "film-1"]
        assert [len(film) for film in films] == [3, 3]
    assert not is_davis(root / "JPEGImages")
    assert not is_davis(root / "none")


def test_masks_are_numbers_of_objects(root):
    film = open_davis(root)[1]
    mask, objects, palette = film.first()
    assert np.array_equal(mask, scene(1, (64, 128))[1])
    assert objects == [1, 2] and np.array_equal(palette, PALETTE)
    assert np.array_equal(film.mask(1), np.roll(mask, 8, 1))


def test_pixels_that_do_not_count_are_no_object(root):
    film = open_davis(root)[0]
    mask = film.mask(0)
    mask[0, 0] = 255
    write_indexed(film.masks[0], mask, PALETTE)
    assert film.mask(0)[0, 0] == 255
    first, objects, _ = film.first()
    assert first[0, 0] == 0 and objects == [1, 2]


def test_splits_and_limits(root):
    write_list(root, ["film-1", "", "film-1", "film-0 "], "train")
    films = open_davis(root, "train")
    assert [film.name for film in films] == ["film-1", "film-0"]
    assert len(open_davis(root, limit=1)) == 1
    with pytest.raises(InputError, match="limit: .* got 0"):
        open_davis(root, limit=0)


def test_the_palette_is_the_published_one():
    expected = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0)]
    expected += [(0, 0, 128), (128, 0, 128), (0, 128, 128), (128, 128, 128)]
    assert list(map(tuple, standard_palette()[:8])) == expected
    assert tuple(standard_palette()[[255]][0]) == (224, 224, 192)


def test_grey_pictures_hold_numbers_too(tmp_path):
    path = tmp_path / "grey.png"
    Image.fromarray(np.array([[0, 3]], "uint8")).save(path)
    numbers, palette = read_indexed(path)
    assert numbers.tolist() == [[0, 3]]
    assert np.array_equal(palette, standard_palette())


def emptied(root):
    mask = np.zeros((64, 128), "uint8")
    write_indexed(root / "Annotations/480p/film-1/00000.png", mask, PALETTE)


def cut(root):
    mask = np.ones((64, 120), "uint8")
    write_indexed(root / "Annotations/480p/film-1/00000.png", mask, PALETTE)


def coloured(root):
    path = root / "Annotations/480p/film-1/00000.png"
    Image.new("RGB", (128, 64)).save(path)


def broken(root):
    path = root / "Annotations/480p/film-1/00000.png"
    path.write_bytes(path.read_bytes()[:150])


def no_picture(root):
    (root / "Annotations/480p/film-1/00000.png").write_text("hello")


def fewer_masks(root):
    (root / "Annotations/480p/film-1/00001.png").unlink()


def fewer_frames(root):
    (root / "JPEGImages/480p/film-1/00002.jpg").unlink()


def no_film(root):
    write_list(root, ["film-0", "film-9"])


def outside(root):
    write_list(root, ["../film-0"])


def no_names(root):
    write_list(root, [])


@pytest.mark.parametrize(
    "harm, words",
    [
        (emptied, "an object in .*film-1/00000.png"),
        (cut, "64x128 pixels.*film-1/00000.png, got 64x120"),
        (coloured, "film-1/00000.png of mode RGB"),
        (broken, "readable image, got .*film-1/00000.png"),
        (no_picture, "readable image, got .*film-1/00000.png"),
        (fewer_masks, "film-1/00001.png is none"),
        (fewer_frames, "3 frames or more in .*film-1.* got 2"),
        (no_film, "folder of frames, got .*film-9"),
        (outside, "got '../film-0'"),
        (no_names, "names of sequences in .*val.txt"),
    ],
)
def test_harm_is_one_line(root, harm, words):
    harm(root)
    with pytest.raises(InputError, match=f"^data: expected .*{words}") as error:
        for film in open_davis(root):
            film.first()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "path, split, words",
    [("none", "val", "DAVIS with ImageSets"), (".", "test", "val.*got 'test'")],
)
def test_other_places(root, path, split, words):
    with pytest.raises(InputError, match=f"^data: expected .*{words}"):
        open_davis(root / path, split)
