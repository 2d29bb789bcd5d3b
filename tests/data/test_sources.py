import pathlib

import numpy as np
import pytest
from PIL import Image

from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError


def save(path, grey=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (3, 2), grey).save(path)
    return str(path)


def test_class_folders_give_labels(tmp_path):
    for name in ["dog/1.png", "cat/2.png", "cat/1.png", "ant/1.png"]:
        save(tmp_path / name)
    (tmp_path / "readme.txt").touch()
    source = open_source(str(tmp_path))
    assert source.class_names == ("ant", "cat", "dog")
    assert source.labels.tolist() == [0, 1, 1, 2]
    assert source.paths[2] == str(tmp_path / "cat" / "2.png")


@pytest.mark.parametrize("stray", ["1.png", "dog/deep/1.png"])
def test_other_folders_give_no_labels(tmp_path, stray):
    save(tmp_path / "dog/1.png")
    save(tmp_path / stray)
    source = open_source(tmp_path)
    assert len(source) >= 1 and source.labels is None


def test_glob_is_sorted(tmp_path):
    for name in ["b/1.png", "a/1.png", "a/2.jpg"]:
        save(tmp_path / name)
    source = open_source(f"{tmp_path}/*/*.png")
    names = [pathlib.Path(path).parent.name for path in source.paths]
    assert names == ["a", "b"] and source.labels is None


def test_folder_with_magic_letters_is_a_folder(tmp_path):
    save(tmp_path / "photos [2019]" / "1.png")
    assert len(open_source(tmp_path / "photos [2019]")) == 1


def test_list_of_paths_keeps_its_order(tmp_path):
    far = save(tmp_path / "elsewhere/1.png", 7)
    save(tmp_path / "lists/2.png", 9)
    (tmp_path / "lists/all.txt").write_text(f"{far}\n\n2.png\n")
    source = open_source(tmp_path / "lists/all.txt")
    assert [source.read(i)[0, 0, 0] for i in (0, 1)] == [7, 9]


def test_list_of_paths_with_classes(tmp_path):
    for name in "abc":
        save(tmp_path / f"{name}.png")
    file = tmp_path / "all.txt"
    file.write_text("b.png\tdog\na.png\tcat\nc.png\tdog\n")
    source = open_source(file)
    assert source.labels.tolist() == [1, 0, 1]
    assert source.class_names == ("cat", "dog")
    file.write_text("b.png\tdog\na.png\nc.png\tdog\n")
    with pytest.raises(InputError, match="^data: .*every line.*got 2 of 3"):
        open_source(file)


def test_single_image(tmp_path):
    source = open_source(save(tmp_path / "one.png", 5))
    assert len(source) == 1 and source.read(0).tolist()[0][0] == [5, 5, 5]


def test_arrays(tmp_path):
    images, labels = np.zeros((3, 4, 4, 1), "uint8"), np.array([2, 0, 1])
    np.savez(tmp_path / "both.npz", images=images, labels=labels)
    np.savez(tmp_path / "images.npz", images=images)
    np.save(tmp_path / "images.npy", images)
    for spec in [tmp_path / "both.npz", (images, labels)]:
        assert open_source(spec).labels.tolist() == [2, 0, 1]
    for spec in [tmp_path / "images.npz", tmp_path / "images.npy", images]:
        source = open_source(spec)
        assert source.images.shape == (3, 4, 4, 1) and source.labels is None


def test_limit_is_balanced_over_classes():
    images = np.arange(9, dtype="uint8").reshape(9, 1, 1, 1)
    labels = [0, 0, 0, 0, 0, 1, 1, 2, 2]
    source = open_source((images, labels), limit=7)
    assert source.images.ravel().tolist() == [0, 1, 2, 5, 6, 7, 8]
    assert source.labels.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert open_source((images, labels), limit=3).labels.tolist() == [0, 1, 2]


def test_limit_without_labels_takes_the_first():
    images = np.arange(5, dtype="uint8").reshape(5, 1, 1, 1)
    assert open_source(images, 2).images.ravel().tolist() == [0, 1]
    assert len(open_source(images, 99)) == 5


def test_an_open_source_passes():
    source = ArraySource(np.zeros((3, 2, 2, 3), "uint8"))
    assert open_source(source) is source and len(open_source(source, 2)) == 2


def test_unusable_limit():
    with pytest.raises(InputError, match="^limit: expected 1 .* got 0"):
        open_source(np.zeros((1, 2, 2, 3), "uint8"), limit=0)


@pytest.mark.parametrize(
    "spec, words",
    [
        ("no/such/folder", "existing path"),
        ("no/such/*.png", "got none in"),
        ("grain:imagenet", "bundled, tfds before the colon"),
        ("bundled:mnist/train", "fashion_mnist/train"),
        ("bundled:fashion_mnist/valid", "got bundled:fashion_mnist/valid"),
        (7, "got int"),
    ],
)
def test_what_is_not_there(spec, words):
    with pytest.raises(InputError, match=f"^data: expected .*{words}"):
        open_source(spec)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.npz", b"PK\x03\x04broken", "a.npz"),
        ("a.npy", b"", "a.npy"),
        ("a.txt", b"gone.png\n", "gone.png"),
        ("a.txt", b"\n", "got none"),
        ("a.csv", b"1", "a.csv"),
    ],
)
def test_unreadable_files(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"^data: .*{words}") as caught:
        open_source(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_array_file_without_images(tmp_path):
    np.savez(tmp_path / "a.npz", pictures=np.zeros(3))
    with pytest.raises(InputError, match="a.npz .*images"):
        open_source(tmp_path / "a.npz")


def test_array_file_with_objects_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(InputError, match="a.npy"):
        open_source(tmp_path / "a.npy")


def test_empty_folder(tmp_path):
    with pytest.raises(InputError, match="^data: expected images, got none"):
        open_source(tmp_path)
