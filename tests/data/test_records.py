import io

import numpy as np
import pytest
from PIL import Image

from keras_attmask.data import open_source
from keras_attmask.data.host_views import host_views
from keras_attmask.data.records import RecordSource
from keras_attmask.errors import InputError
from keras_attmask.view_law import ViewLaw

tf = pytest.importorskip("tensorflow")
PIXELS = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3), "uint8")


def encoded(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def example(pixels, label, image_key, label_key):
    features = {
        image_key: tf.train.Feature(
            bytes_list=tf.train.BytesList(value=[encoded(pixels)])
        )
    }
    if label is not None:
        features[label_key] = tf.train.Feature(
            int64_list=tf.train.Int64List(value=[label])
        )
    features = tf.train.Features(feature=features)
    return tf.train.Example(features=features).SerializeToString()


def write_tfrecord(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def write_array_record(path, records):
    module = pytest.importorskip("array_record.python.array_record_module")
    writer = module.ArrayRecordWriter(str(path), "group_size:1")
    for record in records:
        writer.write(record)
    writer.close()


WRITERS = {"tfrecord": write_tfrecord, "array_record": write_array_record}


@pytest.fixture(params=WRITERS)
def shards(request, tmp_path):
    """Two shards with three images and two, as the folder of them."""
    kind, write = request.param, WRITERS[request.param]
    records = [
        example(pixels, number % 2, "image/encoded", "image/class/label")
        for number, pixels in enumerate(PIXELS)
    ]
    write(tmp_path / f"train-{0:05d}-of-00002.{kind}", records[:3])
    write(tmp_path / f"train-{1:05d}-of-00002.{kind}", records[3:])
    return tmp_path


def test_a_folder_or_a_glob_of_shards(shards):
    for spec in (shards, f"{shards}/train-*"):
        source = open_source(spec)
        assert isinstance(source, RecordSource) and len(source) == 5
        for number, pixels in enumerate(PIXELS):
            np.testing.assert_array_equal(source.read(number), pixels)
        assert source.labels.tolist() == [0, 1, 0, 1, 0]
        assert source.size(0) == (6, 7)
    (one,) = shards.glob("train-00001*")
    assert open_source(one).labels.tolist() == [1, 0]


def test_any_order_and_any_part(shards):
    source = open_source(shards).take(np.array([4, 0, 3]))
    np.testing.assert_array_equal(source.read(0), PIXELS[4])
    np.testing.assert_array_equal(source.read(2), PIXELS[3])
    assert source.labels.tolist() == [0, 0, 1]
    assert "record 1 of" in source.name_of(0)
    assert "00001-of-00002" in source.name_of(0)


def test_many_threads_read_at_once(shards):
    law = ViewLaw(global_crops=1, local_crops=0, global_size=6)
    batches = host_views(
        open_source(shards), law, batch_size=5, seed=0, epochs=8
    )
    seen = [sorted(b["index"]) for b in batches.as_numpy_iterator()]
    assert seen == [list(range(5))] * 8


@pytest.mark.parametrize("label", [None, 1])
@pytest.mark.parametrize("key", ["image", "jpg"])
def test_other_names_and_no_labels(tmp_path, key, label):
    records = [example(PIXELS[0], label, key, "label")] * 2
    write_tfrecord(tmp_path / "a.tfrecord", records)
    source = open_source(tmp_path / "a.tfrecord")
    np.testing.assert_array_equal(source.read(1), PIXELS[0])
    if label is None:
        assert source.labels is None
    else:
        assert source.labels.tolist() == [1, 1]


@pytest.mark.parametrize("kind", WRITERS)
def test_records_that_are_images(tmp_path, kind):
    WRITERS[kind](tmp_path / f"a.{kind}", map(encoded, PIXELS))
    source = open_source(tmp_path / f"a.{kind}")
    np.testing.assert_array_equal(source.read(4), PIXELS[4])
    assert source.labels is None


def test_a_record_that_is_no_image_is_named(tmp_path):
    write_tfrecord(tmp_path / "a.tfrecord", [b"dear diary"])
    with pytest.raises(InputError, match="^data: .*record 0 of .*a.tfrecord"):
        open_source(tmp_path / "a.tfrecord").read(0)


@pytest.mark.parametrize("name", ["a.tfrecord", "a.array_record"])
@pytest.mark.parametrize("spoil", ["cut", "text", "empty"])
def test_broken_shards_are_named(tmp_path, name, spoil):
    path = tmp_path / name
    WRITERS[name[2:]](path, map(encoded, PIXELS))
    whole = path.read_bytes()
    cut = {"cut": whole[: len(whole) // 2], "text": b"dear diary" * 9}
    path.write_bytes(cut.get(spoil, b""))
    with pytest.raises(InputError, match=f"^data: .*{name}") as caught:
        open_source(path)
    assert "\n" not in str(caught.value)
