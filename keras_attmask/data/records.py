"""Images in TFRecord and ArrayRecord shards, read in any order.

A TFRecord file is a chain: eight bytes of length, four of checksum, the
record, four of checksum. One pass over the lengths makes an index, and from
then on any record is one seek away, so that shuffling reaches over the whole
data set. ArrayRecord files bring their own index.

A record is a `tf.train.Example` with the encoded image under one of the usual
names, or the encoded image itself.
"""

import os
import struct
import threading

import numpy as np

from keras_attmask.data.host_tensorflow import import_tensorflow
from keras_attmask.data.source_types import PhotoSource
from keras_attmask.errors import InputError

_IMAGE_KEYS = ("image/encoded", "image", "image_raw", "jpg", "jpeg", "png")
_LABEL_KEYS = ("image/class/label", "label", "class", "cls")
_HEAD, _FOOT = 12, 4
_ARRAY_RECORD = (".array_record", ".arrayrecord")


def _is_array_record(path):
    name = os.path.basename(path).lower()
    return any(ending in name for ending in _ARRAY_RECORD)


def is_shard(path):
    """Whether the name is that of a record file."""
    name = os.path.basename(path).lower()
    return not name.startswith(".") and (
        ".tfrec" in name or _is_array_record(path)
    )


class _TFRecords:
    """Records of one file by their number."""

    def __init__(self, path):
        self.path = path
        places = []
        try:
            size = os.path.getsize(path)
            with open(path, "rb") as file:
                place = 0
                while place < size:
                    head = file.read(_HEAD)
                    if len(head) < _HEAD:
                        raise ValueError("it ends within a record")
                    (length,) = struct.unpack("<Q", head[:8])
                    places.append((place + _HEAD, length))
                    place += _HEAD + length + _FOOT
                    if place > size:
                        raise ValueError("it ends within a record")
                    file.seek(place)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                "data: expected whole TFRecord files, not compressed, got "
                f"{path} ({reason})"
            ) from error
        self._places = np.array(places, "int64").reshape(-1, 2)

    def __len__(self):
        return len(self._places)

    def __getitem__(self, number):
        start, length = self._places[number].tolist()
        with open(self.path, "rb") as file:
            file.seek(start)
            return file.read(length)


class _ArrayRecords:
    """Records of one ArrayRecord file by their number."""

    def __init__(self, path):
        self.path = path
        try:
            from array_record.python import array_record_module
        except ImportError as error:
            raise InputError(
                "data: expected array_record to be installed for "
                f"{path}, got {error}"
            ) from error
        try:
            self._reader = array_record_module.ArrayRecordReader(path)
            self._count = self._reader.num_records()
        except (RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            raise InputError(
                f"data: expected an ArrayRecord file, got {path} ({reason})"
            ) from error
        self._lock = threading.Lock()

    def __len__(self):
        return self._count

    def __getitem__(self, number):
        with self._lock:
            return self._reader.read([int(number)])[0]


def open_shard(path):
    """The records of one file, as a sequence of bytes."""
    kind = _ArrayRecords if _is_array_record(path) else _TFRecords
    return kind(path)


def _features(record):
    """The features of a `tf.train.Example`; empty for anything else."""
    tf = import_tensorflow()
    from google.protobuf.message import DecodeError

    try:
        return tf.train.Example.FromString(record).features.feature
    except DecodeError:
        return {}


def _first(record, keys, kind):
    """The first value of that kind under one of the names, or None."""
    features = _features(record)
    for key in keys:
        values = getattr(features[key], kind).value if key in features else ()
        if values:
            return values[0]
    return None


def _image_of(record):
    image = _first(record, _IMAGE_KEYS, "bytes_list")
    return record if image is None else image


def _label_of(record):
    return _first(record, _LABEL_KEYS, "int64_list")


class RecordSource(PhotoSource):
    """Images in record files; labels are read when first asked for.

    Args:
        shards: sequences of records, see `open_shard`.
        places: int `(n, 2)`: shard and record of each image; None takes all
            records of all shards in order.
        class_names: optional names, one a label.
        name: what errors and reports call the source.
    """

    shareable = False

    def __init__(self, shards, places=None, class_names=None, name="records"):
        if places is None:
            parts = [
                np.stack([np.full(len(s), n), np.arange(len(s))], axis=-1)
                for n, s in enumerate(shards)
            ]
            places = np.concatenate([np.zeros((0, 2), "int64"), *parts])
        super().__init__(places, None, class_names, name)
        self._shards = shards

    @property
    def places(self):
        """int `(n, 2)`: shard and record of each image."""
        return self._items

    @property
    def shard_paths(self):
        """Paths of all shards, in order."""
        return [shard.path for shard in self._shards]

    def _record(self, index):
        shard, number = self._items[index]
        return self._shards[shard][number]

    def _encoded(self, index):
        return _image_of(self._record(index))

    def name_of(self, index):
        shard, number = self._items[index]
        return f"record {number} of {self._shards[shard].path}"

    @property
    def labels(self):
        """int64 `(n,)`, or None unless every record has one."""
        if not self._labels_read:
            labels = []
            for index in range(len(self)):
                label = _label_of(self._record(index))
                if label is None:
                    labels = None
                    break
                labels.append(label)
            self._labels_read = True
            self._labels = None if labels is None else np.array(labels, "int64")
        return self._labels

    @labels.setter
    def labels(self, value):
        self._labels, self._labels_read = value, value is not None

    def take(self, indices):
        """A source of the images at `indices`, in that order."""
        places = self._items[indices]
        return RecordSource(self._shards, places, self.class_names, self.name)


def open_records(paths, name):
    """Opens record files as one source, in the given order."""
    return RecordSource([open_shard(path) for path in paths], name=name)
