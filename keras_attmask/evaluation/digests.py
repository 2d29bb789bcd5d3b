"""What the answers of a network depend on, as short strings.

Of a network: its settings, types and every weight. Of images: the bytes of
those in memory, and of files what the system knows of each (path, size,
device, number, times of change to the nanosecond). The time of the last change
of a file's state cannot be set by hand, so that another image under the old
name, size and date is still another one.
"""

import hashlib
import json
import os

import keras
import numpy as np

from keras_attmask.arguments import arguments_of
from keras_attmask.data.records import RecordSource
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.source_types import EncodedSource
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError
from keras_attmask.models.vision_transformer import VisionTransformer
from keras_attmask.version import VERSION

_PART = 2**26  # bytes hashed at a time
_FILES = 4096  # asked about at a time


def digest(*parts):
    """One string that follows from strings or bytes.

    Args:
        *parts: of them; what is in one cannot pass for what is in another.
    """
    found = hashlib.blake2b(digest_size=20)
    for part in parts:
        part = part if isinstance(part, bytes) else part.encode()
        found.update(f"{len(part)} ".encode())
        found.update(part)
    return found.hexdigest()


def digest_of_array(array):
    """Of type, shape and values, read a part at a time.

    Args:
        array: NumPy array, also one that is mapped into memory.
    """
    parts = [f"{array.dtype} {array.shape}"]
    rows = np.reshape(array, (-1,)) if array.ndim == 0 else array
    step = max(1, _PART // max(1, rows[:1].nbytes))
    for start in range(0, len(rows), step):
        part = np.ascontiguousarray(rows[start : start + step])
        parts.append(digest(part.tobytes()))
    return digest(*parts)


def digest_of_network(network):
    """Of a `VisionTransformer` itself, whose call is known.

    Args:
        network: a model.

    Returns:
        A string; None for another class, whose call may do anything.
    """
    if type(network) is not VisionTransformer:
        return None
    # Not `get_config`: writing types down, Keras loads TensorFlow.
    config = arguments_of(network, VisionTransformer)
    types = [layer.dtype_policy.name for layer in network._flatten_layers()]
    weights = [
        digest_of_array(keras.ops.convert_to_numpy(variable))
        for variable in network.weights
    ]
    settings = json.dumps([config, types], sort_keys=True, default=str)
    return digest(settings, keras.backend.backend(), VERSION, *weights)


def digest_of_source(source):
    """Of the images of a source, in their order; labels are not among it.

    Args:
        source: images by index, see `data.source_types`.

    Returns:
        A string; None for a kind of source that this does not know.

    Raises:
        InputError: for a file that cannot be found.
    """
    # By type, not by `isinstance`: another kind may read the same otherwise.
    known = {
        ArraySource: _of_images,
        FileSource: lambda files: _of_files(files.paths),
        EncodedSource: _of_buffers,
        RecordSource: _of_records,
    }
    find = known.get(type(source))
    return find and digest(type(source).__name__, find(source))


def _of_images(source):
    return digest_of_array(source.images)


def _of_buffers(source):
    return digest(*map(source.encoded, range(len(source))))


def _of_records(source):
    return digest(_of_files(source.shard_paths), digest_of_array(source.places))


def _of_files(paths):
    """Of what the system knows of files, some of them at a time."""
    parts = [
        digest(json.dumps(_stats(paths[start : start + _FILES])))
        for start in range(0, len(paths), _FILES)
    ]
    return digest(*parts)


def _stats(paths):
    rows = []
    for path in paths:
        try:
            found = os.stat(path)
        except OSError as error:
            raise InputError(
                f"data: expected an image that can be read, got {path} "
                f"({error.strerror})"
            ) from error
        facts = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        rows.append([os.path.abspath(path), *facts, found.st_dev, found.st_ino])
    return rows
