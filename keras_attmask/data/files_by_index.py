"""Files that are read when asked for, masks among them."""

import numpy as np

from keras_attmask.data.image_files import naming_images
from keras_attmask.data.image_files import opened_image
from keras_attmask.data.image_files import read_file
from keras_attmask.errors import InputError

_ONE_CHANNEL = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L")


def read_mask(path):
    """The labels in an image file of one channel.

    Args:
        path: of a PNG file, say. Of one with a palette the indices count,
            not the colours.

    Returns:
        uint8 or int32 `(h, w)`.

    Raises:
        InputError: no readable image, or colours instead of labels.
    """
    encoded = read_file(path)
    with naming_images(path):
        image = opened_image(encoded)
        labels = np.asarray(image)
    if image.mode not in _ONE_CHANNEL:
        raise InputError(
            "data: expected a mask of one channel (grey or with a palette), "
            f"got {image.mode} in {path}"
        )
    return labels.astype("uint8" if labels.dtype.itemsize == 1 else "int32")


class FilesByIndex:
    """What files hold, read when asked for.

    Args:
        paths: of the files.
        read: function from a path to what is in the file; masks by default.
    """

    def __init__(self, paths, read=read_mask):
        self.paths = list(paths)
        self._read = read

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self._read(self.paths[index])
