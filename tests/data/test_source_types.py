import io

import numpy as np
import pytest
from PIL import Image

from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.source_types import EncodedSource
from keras_attmask.data.source_types import FileSource
from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), "uint8")
LABELS = [0, 1, 1, 0]


def array_source(folder):
    return ArraySource(IMAGES, LABELS, ["cat", "dog"])


def file_source(folder):
    paths = [str(folder / f"{number}.png") for number in range(len(IMAGES))]
    for path, image in zip(paths, IMAGES):
        Image.fromarray(image).save(path)
    return FileSource(paths, LABELS, ["cat", "dog"])


def encoded_source(folder):
    buffers = [io.BytesIO() for _ in IMAGES]
    for buffer, image in zip(buffers, IMAGES):
        Image.fromarray(image).save(buffer, "PNG")
    values = [buffer.getvalue() for buffer in buffers]
    return EncodedSource(values, LABELS, ["cat", "dog"])


@pytest.mark.parametrize("make", [array_source, file_source, encoded_source])
def test_every_source_speaks_the_protocol(make, tmp_path):
    source = make(tmp_path)
    assert len(source) == 4 and source.class_names == ("cat", "dog")
    assert source.labels.dtype == "int64" and source.labels.tolist() == LABELS
    for index, image in enumerate(IMAGES):
        assert source.read(index).dtype == "uint8"
        np.testing.assert_array_equal(source.read(index), image)
        np.testing.assert_array_equal(source.open(index), image)


@pytest.mark.parametrize("make", [array_source, file_source, encoded_source])
def test_take_keeps_kind_and_labels(make, tmp_path):
    source = make(tmp_path)
    taken = source.take(np.array([2, 0]))
    assert type(taken) is type(source) and taken.name == source.name
    assert taken.labels.tolist() == [1, 0]
    np.testing.assert_array_equal(taken.read(0), IMAGES[2])


def test_grey_arrays_get_their_channel():
    source = ArraySource(IMAGES[..., 0])
    assert source.images.shape == (4, 5, 6, 1) and source.labels is None
    assert source.open(1).mode == "L"
    np.testing.assert_array_equal(source.open(1), IMAGES[1, :, :, 0])


def test_column_of_labels_is_taken():
    source = ArraySource(IMAGES, np.array([LABELS]).T)
    assert source.labels.tolist() == LABELS


@pytest.mark.parametrize(
    "images, labels, words",
    [
        (IMAGES.astype("float32"), None, "uint8 images"),
        (IMAGES[:, 0, 0], None, "uint8 images"),
        (IMAGES[:0], None, "got none"),
        (IMAGES, [0, 1], "4 labels, one an image, got 2"),
        (IMAGES, [0.5, 1, 2, 3], "whole numbers"),
    ],
)
def test_unusable_arrays(images, labels, words):
    with pytest.raises(InputError, match=f"^data: expected .*{words}"):
        ArraySource(images, labels)


def test_damaged_image_in_memory_is_named():
    source = EncodedSource([b"no picture"], name="tfds:pets/train")
    with pytest.raises(InputError, match="image 0 of tfds:pets/train"):
        source.read(0)


@pytest.mark.parametrize("channels", [1, 2, 3, 12])
def test_arrays_of_any_number_of_channels(channels):
    images = np.tile(IMAGES[..., :1], (1, 1, 1, channels))
    source = ArraySource(images)
    np.testing.assert_array_equal(source.read(1), images[1])
    assert source.size(1) == images.shape[1:3]
    if channels in (1, 3):
        assert source.open(1).size == images.shape[2:0:-1]
    else:
        with pytest.raises(InputError, match=f"1 or 3 channels.*{channels}"):
            source.open(1)


def test_size_and_name_of_photographs(tmp_path):
    Image.fromarray(np.zeros((5, 9, 3), "uint8")).save(tmp_path / "a.png")
    source = open_source(tmp_path)
    assert source.size(0) == (5, 9)
    assert source.name_of(0) == str(tmp_path / "a.png")
    encoded = EncodedSource([(tmp_path / "a.png").read_bytes()], name="mine")
    assert encoded.size(0) == (5, 9)
    assert encoded.name_of(0) == "image 0 of mine"
    with pytest.raises(InputError, match="image 0 of mine"):
        EncodedSource([b"no picture"], name="mine").size(0)
