import sys

import numpy as np
import pytest

from keras_attmask.data.records import RecordSource
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 1), "uint8")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    tf = pytest.importorskip("tensorflow")
    tfds = pytest.importorskip("tensorflow_datasets")
    # tfds 4.9.10 needs it for writing and does not require it.
    pytest.importorskip("importlib_resources")
    folder = tmp_path_factory.mktemp("tfds")
    names = tfds.features.ClassLabel(names=["cat", "dog"])
    for name, shape in [("fixed", (4, 5, 1)), ("free", (None, None, 1))]:
        image = tfds.features.Image(shape=shape, encoding_format="png")
        features = {"image": image, "label": names}
        labels = np.array([0, 1, 0, 1, 0, 1])
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=tfds.features.FeaturesDict(features),
            split_datasets={
                split: tf.data.Dataset.from_tensor_slices(
                    {"image": IMAGES[:count], "label": labels[:count]}
                )
                for split, count in (("train", 6), ("test", 2))
            },
            data_dir=folder,
        )
    return folder


def in_order(source):
    """tfds shuffles when it writes: sort by the first pixels."""
    pictures = [source.read(i)[..., :1] for i in range(len(source))]
    pairs = zip(pictures, source.labels.tolist())
    return sorted(pairs, key=lambda pair: pair[0].tolist())


def check(source):
    expected = sorted(
        zip(IMAGES, [0, 1] * 3), key=lambda pair: pair[0].tolist()
    )
    for (image, label), (wanted, wanted_label) in zip(
        in_order(source), expected
    ):
        np.testing.assert_array_equal(image, wanted)
        assert label == wanted_label


def test_images_of_one_size_become_an_array(data_dir):
    source = open_source(f"tfds:fixed/train?data_dir={data_dir}")
    assert isinstance(source, ArraySource)
    assert source.images.shape == (6, 4, 5, 1)
    assert source.class_names == ("cat", "dog")
    check(source)


def test_images_of_any_size_stay_on_the_disk(data_dir):
    source = open_source(f"tfds:free:1.0.0/train?data_dir={data_dir}")
    assert isinstance(source, RecordSource)
    assert source.class_names == ("cat", "dog")
    check(source)


@pytest.mark.parametrize("name", ["fixed", "free"])
def test_slices_of_a_split(data_dir, name):
    whole = open_source(f"tfds:{name}/train?data_dir={data_dir}")
    parts = [
        open_source(f"tfds:{name}/train[{part}]?data_dir={data_dir}")
        for part in (":50%", "50%:")
    ]
    assert [len(part) for part in parts] == [3, 3]
    pictures = [p.read(i).tobytes() for p in parts for i in range(3)]
    assert sorted(pictures) == sorted(whole.read(i).tobytes() for i in range(6))


@pytest.mark.parametrize("name", ["fixed", "free"])
def test_two_splits_together(data_dir, name):
    source = open_source(f"tfds:{name}/train+test?data_dir={data_dir}")
    assert len(source) == 8 and source.class_names == ("cat", "dog")
    pictures = [source.read(i)[..., :1] for i in range(8)]
    expected = [image.tobytes() for image in [*IMAGES, *IMAGES[:2]]]
    assert sorted(p.tobytes() for p in pictures) == sorted(expected)
    assert sorted(source.labels) == [0] * 4 + [1] * 4
    other = open_source(f"tfds:{name}/test?data_dir={data_dir}")
    assert len(other) == 2


@pytest.mark.parametrize("split", ["validation", "train[:x]"])
def test_unknown_split(data_dir, split):
    with pytest.raises(InputError, match="^data: .*tfds:fixed/") as caught:
        open_source(f"tfds:fixed/{split}?data_dir={data_dir}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["fixed", "/train", "a/b?dir=c", "a/"])
def test_unusable_address(text):
    pytest.importorskip("tensorflow_datasets")
    with pytest.raises(InputError, match="^data: expected tfds:NAME/SPLIT"):
        open_source(f"tfds:{text}")


def test_without_tensorflow_datasets(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(InputError, match="^data: .*tensorflow_datasets"):
        open_source("tfds:cifar10/train")
