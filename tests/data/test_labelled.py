import numpy as np
import pytest
from PIL import Image

from keras_attmask.data.labelled import labelled_test
from keras_attmask.data.labelled import train_and_test
from keras_attmask.data.source_types import ArraySource
from keras_attmask.errors import InputError

IMAGES = np.arange(4, dtype="uint8").reshape(4, 1, 1, 1)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Data sets of which only `validation` or only `test` has labels."""
    tf = pytest.importorskip("tensorflow")
    tfds = pytest.importorskip("tensorflow_datasets")
    pytest.importorskip("importlib_resources")
    folder = tmp_path_factory.mktemp("tfds")
    features = tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=(1, 1, 1)),
            "label": tfds.features.ClassLabel(num_classes=2),
        }
    )
    secret, known = [-1] * 4, [0, 1, 0, 1]
    for name, splits in (
        ("secret", {"train": known, "test": secret, "validation": known}),
        ("both", {"train": known, "test": known, "validation": known}),
    ):
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=features,
            split_datasets={
                split: tf.data.Dataset.from_tensor_slices(
                    {"image": IMAGES, "label": np.array(labels, "int64")}
                )
                for split, labels in splits.items()
            },
            data_dir=folder,
        )
    return folder


@pytest.mark.parametrize(
    "name, split", [("secret", "validation"), ("both", "test")]
)
def test_a_data_set_without_split(data_dir, name, split):
    train, test = train_and_test(f"tfds:{name}?data_dir={data_dir}")
    assert train.name == f"tfds:{name}/train?data_dir={data_dir}"
    assert test.name == f"tfds:{name}/{split}?data_dir={data_dir}"
    assert sorted(test.labels) == [0, 0, 1, 1]


@pytest.mark.parametrize("split", ["train", "test[:2]", "validation"])
def test_a_split_alone_has_nothing_to_learn_from(data_dir, split):
    data = f"tfds:both/{split}?data_dir={data_dir}"
    with pytest.raises(InputError, match="^train: expected .*both/.* alone"):
        train_and_test(data)


def test_limit_counts_for_each():
    train, test = train_and_test("bundled:fashion_mnist", limit=30)
    assert len(train) == len(test) == 30
    assert sorted(set(test.labels)) == list(range(10))


def test_an_unfinished_folder(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(InputError, match=f"^train: .*data={tmp_path} "):
        train_and_test(str(tmp_path))


def test_a_pair_of_anything():
    pixels = np.zeros((4, 2, 2, 1), "uint8")
    pair = (pixels, [0, 1, 0, 1]), "bundled:fashion_mnist/test"
    train, test = train_and_test(pair, limit=3)
    assert len(train) == len(test) == 3
    with pytest.raises(InputError, match="^data: expected .*labels.*array"):
        train_and_test((pixels, pair[0]))
    with pytest.raises(InputError, match="^data: expected .*ndarray"):
        train_and_test(pixels)


def test_images_to_measure_on_are_found_in_both_forms(data_dir, tmp_path):
    assert labelled_test("bundled:fashion_mnist").name.endswith("/test")
    assert labelled_test("bundled:fashion_mnist/train").name.endswith("/train")
    whole = labelled_test(f"tfds:secret?data_dir={data_dir}", limit=2)
    assert whole.name.startswith("tfds:secret/validation") and len(whole) == 2
    for part in ("train", "val"):
        (tmp_path / part / "cat").mkdir(parents=True)
        image = Image.new("L", (2, 2))
        image.save(tmp_path / part / "cat" / "1.png")
    assert labelled_test(tmp_path).name == str(tmp_path / "val")
    assert labelled_test(tmp_path / "train").name == str(tmp_path / "train")


def test_arrays_to_measure_on():
    pixels = np.zeros((4, 2, 2, 1), "uint8")
    one = pixels, [0, 1, 0, 1]
    assert labelled_test(one).labels.tolist() == [0, 1, 0, 1]
    assert labelled_test(("bundled:fashion_mnist/test", one)).images is pixels
    with pytest.raises(InputError, match="^data: expected images with labels"):
        labelled_test(pixels)


def _named(words):
    names = tuple(sorted(set(words)))
    labels = np.array([names.index(word) for word in words])
    return ArraySource(IMAGES[: len(words)], labels, names)


def test_classes_of_the_test_are_found_by_name():
    train, lacking = _named(["ant", "bee", "cow"]), _named(["cow", "bee"])
    found = train_and_test((train, lacking))
    assert found[0] is train
    assert found[1].labels.tolist() == [2, 1]
    assert found[1].class_names == ("ant", "bee", "cow")
    assert lacking.labels.tolist() == [1, 0]  # the user's own


def test_classes_that_training_lacks_have_numbers_of_their_own():
    train, test = _named(["bee", "cow"]), _named(["ant", "cow"])
    found = train_and_test(test, train)[1]
    assert found.labels.tolist() == [2, 1]
    assert found.class_names == ("bee", "cow", "ant")


def test_other_classes_altogether_are_refused():
    train, test = _named(["bee", "cow"]), _named(["0_bee", "1_cow"])
    with pytest.raises(InputError, match="^data: expected classes .*'0_bee'"):
        train_and_test((train, test))


def test_classes_without_names_are_their_numbers():
    train = ArraySource(IMAGES, np.arange(4))
    test = _named(["ant", "bee"])
    assert train_and_test((train, test))[1] is test


def test_a_folder_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for split in ("train", "test"):
        folder = tmp_path / "photos" / split / "bee"
        folder.mkdir(parents=True)
        Image.new("L", (2, 2)).save(folder / "0.png")
    train, test = train_and_test("~/photos")
    assert len(train) == len(test) == 1
