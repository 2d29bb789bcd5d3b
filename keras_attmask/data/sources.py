"""Opens images, whatever the user calls them by.

A source is named by one string (or is an array in memory):

    path/to/folder                  all images below it; if each lies in a
                                    direct sub-folder, that is its class
    path/*/some*.jpg                a glob
    paths.txt                       one path a line, relative to the file,
                                    and after a tab, if there are any, the
                                    name of its class
    shards-*.tfrecord               TFRecord or ArrayRecord files, one or a
                                    glob; a folder that holds nothing else
    images.npz, images.npy          uint8 (n, H, W, C); npz: keys "images"
                                    and, if there are any, "labels" (n,) and
                                    "targets" (n, K)
    bundled:fashion_mnist/train     pictures that come with the package
    tfds:NAME/SPLIT?data_dir=PATH   TensorFlow Datasets

`SCHEME:` leaves room for more kinds; what has no scheme is a path.
"""

import glob
import os
import re
import zipfile

import numpy as np

from keras_attmask.data.bundled import open_bundled
from keras_attmask.data.image_files import is_image
from keras_attmask.data.image_files import list_images
from keras_attmask.data.image_files import other_files
from keras_attmask.data.records import is_shard
from keras_attmask.data.records import open_records
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.source_types import FileSource
from keras_attmask.data.tfds_source import open_tfds
from keras_attmask.errors import InputError

_SCHEMES = {"bundled": open_bundled, "tfds": open_tfds}
_SPLIT = re.compile(r"^[a-z0-9_]+(/\S+)?/(train|test|validation)\b")
_SCHEME = re.compile(r"([a-z][a-z0-9_+-]+):(.*)")  # not the C: of Windows


def _open_folder(folder):
    paths = list_images(folder)
    shards = [path for path in other_files(folder) if is_shard(path)]
    if shards and not paths:
        return open_records(shards, folder)
    parts = [os.path.relpath(path, folder).split(os.sep) for path in paths]
    if not paths or any(len(part) != 2 for part in parts):
        return FileSource(paths, name=folder)
    labels, class_names = _numbered([part[0] for part in parts])
    return FileSource(paths, labels, class_names, folder)


def _numbered(classes):
    """The numbers of classes by name, and the names in order."""
    names = sorted(set(classes))
    numbers = {name: number for number, name in enumerate(names)}
    return [numbers[name] for name in classes], names


def _open_glob(pattern):
    found = sorted(glob.glob(pattern, recursive=True))
    if found and all(map(is_shard, found)):
        return open_records(found, pattern)
    return FileSource(list(filter(is_image, found)), name=pattern)


def _open_list(path):
    folder = os.path.dirname(path)
    try:
        with open(path, encoding="utf-8") as file:
            # A tab at the end stays: behind it are no labels at all.
            lines = [line.strip(" \r\n") for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"data: expected a list of paths, got {path} ({error})"
        ) from error
    rows = [line.split("\t") for line in lines if line]
    paths = [os.path.join(folder, row[0]) for row in rows]
    for listed in paths:
        if not os.path.isfile(listed):
            raise InputError(
                f"data: expected existing files in {path}, got {listed}"
            )
    classes = [row[1].strip() for row in rows if len(row) == 2]
    if not classes:
        return FileSource(paths, name=path)
    if len(classes) != len(rows):
        raise InputError(
            f"data: expected a class after a tab in every line of {path} or "
            f"in none, got {len(classes)} of {len(rows)}"
        )
    return FileSource(paths, *_numbered(classes), path)


def _open_array_file(path):
    try:
        if path.lower().endswith(".npy"):
            return ArraySource(np.load(path, mmap_mode="r"), name=path)
        with np.load(path) as arrays:
            beside = {key: arrays.get(key) for key in ("labels", "targets")}
            return ArraySource(arrays["images"], **beside, name=path)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as e:
        reason = " ".join(str(e).split())
        raise InputError(
            "data: expected an array file with uint8 images, "
            f"got {path} ({reason})"
        ) from e


def _open_path(path):
    lower = path.lower()
    if os.path.isdir(path):
        return _open_folder(path)
    if not os.path.exists(path):
        if glob.has_magic(path):
            return _open_glob(path)
        name = _SPLIT.search(path)
        hint = f"; did you mean tfds:{path}?" if name else ""
        raise InputError(f"data: expected an existing path, got {path}{hint}")
    if lower.endswith((".npy", ".npz")):
        return _open_array_file(path)
    if lower.endswith(".txt"):
        return _open_list(path)
    if is_image(path):
        return FileSource([path], name=path)
    if is_shard(path):
        return open_records([path], path)
    raise InputError(
        "data: expected a folder, a glob, an image, record shards, .txt, "
        ".npz or .npy, "
        f"got {path}"
    )


def _open_name(spec):
    scheme = _SCHEME.fullmatch(spec)
    if scheme is None or os.path.exists(spec):
        return _open_path(os.path.expanduser(spec))
    if scheme[1] not in _SCHEMES:
        raise InputError(
            f"data: expected a path or one of {', '.join(_SCHEMES)} before "
            f"the colon, got {spec}"
        )
    return _SCHEMES[scheme[1]](scheme[2])


def _balanced(labels, count):
    """The first images of each class in turn, in their own order."""
    rank = np.empty(len(labels), "int64")
    for label in np.unique(labels):
        members = labels == label
        rank[members] = np.arange(members.sum())
    return np.sort(np.lexsort((labels, rank))[:count])


def _limited(source, limit):
    if limit < 1:
        raise InputError(f"limit: expected 1 image or more, got {limit}")
    if limit >= len(source):
        return source
    if source.labels is None:
        return source.take(np.arange(limit))
    return source.take(_balanced(source.labels, limit))


def open_source(spec, limit=None):
    """Opens a collection of images.

    Args:
        spec: a string of the grammar above, a path object, a uint8 array
            `(n, H, W, C)`, a tuple `(images, labels)`, or a source.
        limit: take only so many images: the first ones, with labels as
            equally many of each class as there are.

    Returns:
        A source, see `source_types`; paths in sorted order.

    Raises:
        InputError: when nothing readable stands behind `spec`.
    """
    if isinstance(spec, (str, os.PathLike)):
        source = _open_name(os.fspath(spec))
    elif isinstance(spec, tuple) and len(spec) == 2:
        source = ArraySource(np.asarray(spec[0]), spec[1])
    elif isinstance(spec, np.ndarray):
        source = ArraySource(spec)
    elif hasattr(spec, "read") and hasattr(spec, "take"):
        source = spec
    else:
        raise InputError(
            "data: expected a string, an array or (images, labels), "
            f"got {type(spec).__name__}"
        )
    return source if limit is None else _limited(source, limit)
