import numpy as np
import pytest
from retrieval_layouts import garments
from retrieval_layouts import write_cub

from keras_attmask.data.layouts.cub import is_cub
from keras_attmask.data.layouts.cub import open_cub
from keras_attmask.errors import InputError


@pytest.fixture
def folder(tmp_path):
    return write_cub(tmp_path, garments(4), [1, 100, 101, 200])


def test_the_second_hundred_classes_are_tested(folder):
    for path in (folder, folder.parent, str(folder)):
        assert is_cub(path)
        source = open_cub(path)
        assert source.labels.tolist() == [100, 199]
        np.testing.assert_array_equal(source.read(1), garments(4)[3])


def test_labels_go_by_number_not_by_line(folder):
    path = folder / "image_class_labels.txt"
    path.write_text("".join(sorted(path.open(), reverse=True)))
    assert open_cub(folder).labels.tolist() == [100, 199]


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("images.txt", "1 a.jpg b.jpg\n", "2 columns in line 1 of"),
        ("images.txt", "\n", "got none"),
        ("images.txt", "9 a.jpg\n", "got none of image 9"),
        ("image_class_labels.txt", "1 x\n", "got 'x'"),
        ("image_class_labels.txt", "1 1\n2 1\n3 1\n4 1\n", "above 100"),
    ],
)
def test_broken_lists_are_named(folder, name, text, words):
    (folder / name).write_text(text)
    with pytest.raises(InputError, match="^data: expected") as error:
        open_cub(folder)
    assert words in str(error.value) and str(folder) in str(error.value)


def test_missing_files_are_named(folder):
    (folder / "images" / "101.Bird" / "Bird_3.jpg").unlink()
    with pytest.raises(InputError, match="Bird_3.jpg is missing"):
        open_cub(folder)
    (folder / "images.txt").unlink()
    with pytest.raises(InputError, match="got .*images.txt"):
        open_cub(folder)
    (folder / "image_class_labels.txt").unlink()
    assert not is_cub(folder)
    with pytest.raises(InputError, match="with image_class_labels.txt in it"):
        open_cub(folder)
