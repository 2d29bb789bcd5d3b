"""Features on disk, under a name that follows from weights and images."""

import errno
import json
import os

import numpy as np

from keras_attmask.atomic import whole
from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.evaluation.digests import digest
from keras_attmask.evaluation.digests import digest_of_network
from keras_attmask.evaluation.digests import digest_of_source

_OURS = __name__.partition(".")[0]


class FeatureCache:
    """Keeps answers to whole sources as `.npy` files.

    Their names are digests of everything that the numbers depend on, see
    `digests`, so that nothing is ever read for other weights or images.

    Args:
        folder: where they lie; made when something is kept.
    """

    def __init__(self, folder):
        self.folder = os.fspath(folder)

    def path(self, reader, kind, settings, source):
        """Where answers lie or would lie.

        Args:
            reader: `Reader` that asks.
            kind: class of `Answers`.
            settings: dict of its settings.
            source: images that are asked about.

        Returns:
            A path; None where nobody can tell what answers depend on.
        """
        # What is derived from ours, or the user's, may do anything.
        ours = kind.__module__.partition(".")[0] == _OURS
        if not ours or type(reader.preprocessing) is not Preprocessing:
            return None
        network = digest_of_network(reader.backbone)
        images = network and digest_of_source(source)
        if images is None:
            return None
        asked = [kind.__name__, settings, reader.preprocessing.get_config()]
        name = digest(network, images, json.dumps(asked, sort_keys=True))
        return os.path.join(self.folder, f"{name}.npy")

    def get(self, reader, kind, settings, source, read):
        """Answers from disk, or read now and kept.

        They go to the disk batch by batch: memory need not hold them all.

        Args:
            reader: see `path`.
            kind: likewise.
            settings: likewise.
            source: likewise.
            read: function that gives the answers, `(n, ...)`, where they
                cannot be kept.

        Returns:
            float32 array `(n, ...)`, mapped into memory if it was kept;
            what is written to it does not reach the disk.

        Raises:
            InputError: for a folder that cannot be written.
        """
        path = self.path(reader, kind, settings, source)
        if path is None:
            return read()
        if not _sound(path, len(source)):
            batches = reader.batches(kind, source, **settings)
            try:
                with whole(path) as temporary:
                    _write(temporary, len(source), batches)
                    # NumPy does not always say that a disk was full.
                    if not _sound(temporary, len(source)):
                        raise OSError(errno.ENOSPC, "torn file")
                    # What changed while it was read has no name.
                    if self.path(reader, kind, settings, source) != path:
                        raise OSError(errno.ESTALE, "other images")
            except OSError:
                return read()
        return np.load(path, mmap_mode="c")


def _write(path, count, batches):
    """Writes answers as a `.npy` file, as they come."""
    with open(path, "wb") as file:
        for answers, place in batches:
            answers = np.ascontiguousarray(answers, "<f4")
            if place.start == 0:
                shape = (count, *answers.shape[1:])
                facts = {"descr": "<f4", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, facts)
            file.write(answers.tobytes())


def _sound(path, count):
    """Whether a whole array of so many rows lies there."""
    try:
        return len(np.load(path, mmap_mode="r")) == count
    except (OSError, ValueError, EOFError, TypeError):
        return False
