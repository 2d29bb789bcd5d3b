import numpy as np
import pytest

from keras_attmask.data import ArraySource
from keras_attmask.data import open_source
from keras_attmask.data import targets_of
from keras_attmask.data.sources import open_source as open_spec
from keras_attmask.errors import InputError

PIXELS = np.zeros((4, 2, 2, 1), "uint8")


def listed(folder, *texts):
    """A list of images with a text after a tab each."""
    for number in range(len(texts)):
        (folder / f"{number}.png").write_bytes(b"")
    path = folder / "list.txt"
    lines = [f"{number}.png\t{text}" for number, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n")
    return open_source(path)


def test_classes_are_numbers_with_names(tmp_path):
    found = targets_of(listed(tmp_path, "cat", "dog", "cat"), "classification")
    assert found.values.tolist() == [0, 1, 0]
    assert found.values.dtype == np.int32
    assert found.names == ("cat", "dog") and found.count == 2


def test_classes_without_names_are_called_by_number():
    source = ArraySource(PIXELS, np.array([2, 0, 2, 1]))
    found = targets_of(source, "classification")
    assert found.values.tolist() == [2, 0, 2, 1]
    assert found.names == ("0", "1", "2")


def test_classes_come_in_the_order_of_the_training_images(tmp_path):
    source = listed(tmp_path, "dog", "ant", "dog")
    found = targets_of(source, "classification", ("dog", "cat", "ant"))
    assert found.values.tolist() == [0, 2, 0]
    with pytest.raises(InputError, match="only classes .*'ant' in "):
        targets_of(source, "classification", ("dog", "cat"))


def test_several_labels_are_a_matrix(tmp_path):
    source = listed(tmp_path, "sea,sky", "sky", "", "tree, sea")
    found = targets_of(source, "multilabel")
    assert found.names == ("sea", "sky", "tree")
    assert found.values.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0], [1, 0, 1]]
    other = targets_of(source, "multilabel", ("tree", "sky", "sea", "moon"))
    assert other.values[3].tolist() == [1, 0, 1, 0]
    with pytest.raises(InputError, match="'tree'"):
        targets_of(source, "multilabel", ("sea", "sky"))


def test_numbers_are_a_matrix(tmp_path):
    found = targets_of(listed(tmp_path, "1.5,2", "-3, 4e1"), "regression")
    assert found.values.tolist() == [[1.5, 2.0], [-3.0, 40.0]]
    assert found.names == ("0", "1") and found.values.dtype == np.float32


@pytest.mark.parametrize("texts", [("1", "a"), ("1,2", "3"), ("", "")])
def test_what_is_no_number_is_named(tmp_path, texts):
    with pytest.raises(InputError, match="^data: expected .*list.txt"):
        targets_of(listed(tmp_path, *texts), "regression")


def test_targets_of_an_array_file(tmp_path):
    path = tmp_path / "images.npz"
    targets = np.array([[0, 1], [1, 1], [0, 0], [1, 0]])
    np.savez(path, images=PIXELS, targets=targets)
    source = open_spec(str(path))
    assert targets_of(source, "multilabel").values.tolist() == targets.tolist()
    assert targets_of(source.take([1, 3]), "regression").values.tolist() == [
        [1.0, 1.0],
        [1.0, 0.0],
    ]
    with pytest.raises(InputError, match="labels"):
        targets_of(source, "classification")
    with pytest.raises(InputError, match="expected 3 numbers .* got 2"):
        targets_of(source, "regression", ("a", "b", "c"))


def test_labels_are_yes_or_no():
    source = ArraySource(PIXELS, targets=np.full((4, 2), 0.5))
    with pytest.raises(InputError, match="0 and 1"):
        targets_of(source, "multilabel")


@pytest.mark.parametrize(
    "targets, words",
    [
        (np.zeros((3, 2)), r"\(4,\) or \(4, K\), got \(3, 2\)"),
        (np.array(["a"] * 4), "expected numbers"),
    ],
)
def test_other_targets_are_refused(targets, words):
    with pytest.raises(InputError, match=words):
        ArraySource(PIXELS, targets=targets)


def test_no_number_is_infinite():
    source = ArraySource(PIXELS, targets=np.array([1, 2, np.inf, 3]))
    with pytest.raises(InputError, match="finite"):
        targets_of(source, "regression")


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
def test_images_alone_teach_nothing(task):
    with pytest.raises(InputError, match="^data: expected .*array without"):
        targets_of(ArraySource(PIXELS), task)
