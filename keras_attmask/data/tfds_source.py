"""TensorFlow Datasets as sources."""

import math

import numpy as np

from keras_attmask.data.host_tensorflow import import_tensorflow
from keras_attmask.data.records import RecordSource
from keras_attmask.data.records import open_shard
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.source_types import EncodedSource
from keras_attmask.errors import InputError

_LARGEST_ARRAY = 4 * 2**30  # bytes; more stays encoded


def _import_tfds():
    try:
        import_tensorflow()
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise InputError(
            "data: expected tensorflow_datasets to be installed for a tfds: "
            f"source, got {error}"
        ) from error
    return tfds


def _parse(text):
    """Splits NAME/SPLIT?data_dir=PATH; NAME itself may hold slashes."""
    address, _, query = text.partition("?")
    name, _, split = address.rpartition("/")
    option, _, data_dir = query.partition("=")
    if not name or not split or (query and option != "data_dir"):
        raise InputError(
            "data: expected tfds:NAME/SPLIT or "
            f"tfds:NAME/SPLIT?data_dir=PATH, got tfds:{text}"
        )
    return name, split, data_dir or None


def _load(tfds, text):
    """The data set with its images still encoded, and what is known of it."""
    name, split, data_dir = _parse(text)
    try:
        return tfds.load(
            name,
            split=split,
            data_dir=data_dir,
            with_info=True,
            decoders={"image": tfds.decode.SkipDecoding()},
        )
    except Exception as error:  # each builder has failures of its own
        reason = (str(error) or repr(error)).strip().splitlines()[0]
        raise InputError(
            "data: expected a TensorFlow Datasets name and split that load, "
            f"got tfds:{text} ({reason})"
        ) from error


def _fits(feature, count):
    shape = feature.shape
    if None in shape or shape[-1] not in (1, 3):
        return False
    eight_bits = feature.np_dtype == np.uint8
    return eight_bits and count * math.prod(shape) <= _LARGEST_ARRAY


def _as_array(source, feature):
    images = np.empty((len(source), *feature.shape), "uint8")
    for index in range(len(source)):
        # Grey images come as RGB with three equal channels.
        images[index] = source.read(index)[..., : feature.shape[-1]]
    return ArraySource(images, source.labels, source.class_names, source.name)


def _on_disk(split, class_names, name):
    """The records of a prepared split where they lie, in any order."""
    shards, places = [], []
    for number, part in enumerate(split.file_instructions):
        shard = open_shard(str(part.filename))
        end = len(shard) if part.take == -1 else part.skip + part.take
        records = np.arange(part.skip, end)
        shards.append(shard)
        places.append(np.stack([np.full(len(records), number), records], -1))
    return RecordSource(shards, np.concatenate(places), class_names, name)


def open_tfds(text):
    """Opens one split of a TensorFlow Data set, downloading it if need be.

    Args:
        text: "NAME/SPLIT" or "NAME/SPLIT?data_dir=PATH"; NAME may have a
            configuration and a version ("imagenet_v2/topimages:3.1.0"),
            SPLIT may be a slice ("train[:90%]"). The data set must have an
            "image"; a "label" is used if it is a class.

    Returns:
        An `ArraySource` when all images have one size and fit in 4 GiB, else
        a `RecordSource` that reads the prepared files in any order.
    """
    tfds = _import_tfds()
    dataset, info = _load(tfds, text)
    name, class_names = f"tfds:{text}", None
    label = dict(info.features.items()).get("label")
    labelled = isinstance(label, tfds.features.ClassLabel)
    if labelled:
        class_names = label.names
    split = info.splits[_parse(text)[1]]
    image = info.features["image"]
    if not _fits(image, split.num_examples):
        return _on_disk(split, class_names, name)
    buffers, labels = [], []
    for example in tfds.as_numpy(dataset):
        buffers.append(example["image"])
        labels.append(example["label"] if labelled else 0)
    labels = labels if labelled else None
    source = EncodedSource(buffers, labels, class_names, name)
    return _as_array(source, image)
