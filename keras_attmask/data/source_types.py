"""The forms in which images wait to be read.

They share one protocol: `len(source)`, `source.name`, `source.labels` (int64
`(n,)` or None), `source.class_names` (a tuple or None), `source.targets`
(numbers `(n,)` or `(n, K)` or None, see `targets`), `source.read(index)`
-> uint8 `(h, w, C)`, `source.open(index)` -> the same as a `PIL.Image.Image`
("L" or "RGB"; `enough=n` lets a JPEG of far more than n pixels come smaller,
see `image_files.decode_image`), `source.size(index)` -> `(h, w)` without
decoding, `source.name_of(index)` -> what errors call the image,
`source.take(indices)` -> a source of the same kind, and `source.shareable`:
whether other processes can be given it, which open files forbid.
"""

import numpy as np
from PIL import Image

from keras_attmask.data.image_files import decode_image
from keras_attmask.data.image_files import image_size
from keras_attmask.data.image_files import read_file
from keras_attmask.errors import InputError


def _checked_labels(labels, count):
    if labels is None:
        return None
    labels = np.asarray(labels)
    if labels.size != count:
        raise InputError(
            f"data: expected {count} labels, one an image, got {labels.size}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise InputError(
            f"data: expected whole numbers as labels, got {labels.dtype}"
        )
    return labels.reshape(count).astype("int64")  # (n,), also from (n, 1)


def _checked_targets(targets, count):
    if targets is None:
        return None
    targets = np.asarray(targets)
    if targets.ndim not in (1, 2) or len(targets) != count:
        raise InputError(
            f"data: expected targets ({count},) or ({count}, K), got "
            f"{targets.shape}"
        )
    if targets.dtype.kind not in "biuf":
        raise InputError(
            f"data: expected numbers as targets, got {targets.dtype}"
        )
    return targets


class _Source:
    """What all sources do alike with their images, labels and names."""

    shareable = True

    def __init__(self, items, labels, class_names, name):
        if len(items) == 0:
            raise InputError(f"data: expected images, got none in {name}")
        self._items = items
        self.labels = _checked_labels(labels, len(items))
        self.class_names = None if class_names is None else tuple(class_names)
        self.targets = None
        self.name = name

    def __len__(self):
        return len(self._items)

    def name_of(self, index):
        """What errors and reports call one image."""
        return f"image {index} of {self.name}"

    def take(self, indices):
        """A source of the images at `indices`, in that order."""
        labels = None if self.labels is None else self.labels[indices]
        items = self._pick(indices)
        taken = type(self)(items, labels, self.class_names, self.name)
        if self.targets is not None:
            taken.targets = self.targets[indices]
        return taken

    def _pick(self, indices):
        return [self._items[index] for index in indices]


class ArraySource(_Source):
    """Images of one size in memory (or mapped into it).

    Args:
        images: uint8 `(n, H, W, C)` with any number of channels, or
            `(n, H, W)`.
        labels: optional integers `(n,)`.
        class_names: optional names, one a label.
        name: what errors and reports call the source.
        targets: optional numbers `(n,)` or `(n, K)`, see `data.targets`.
    """

    def __init__(
        self,
        images,
        labels=None,
        class_names=None,
        name="array",
        targets=None,
    ):
        if images.ndim == 3:
            images = images[..., None]  # (n, H, W, 1)
        if images.dtype != np.uint8 or images.ndim != 4:
            raise InputError(
                "data: expected uint8 images (n, height, width, channels), "
                f"got {images.dtype} {images.shape} in {name}"
            )
        super().__init__(images, labels, class_names, name)
        self.targets = _checked_targets(targets, len(images))

    @property
    def images(self):
        """All images, uint8 `(n, H, W, C)`."""
        return self._items

    def read(self, index):
        """One image, uint8 `(H, W, C)`."""
        return self._items[index]

    def open(self, index, enough=None):
        """One image of 1 or 3 channels as a `PIL.Image.Image`."""
        image = self._items[index]
        if image.shape[-1] not in (1, 3):
            raise InputError(
                "data: expected 1 or 3 channels for a picture, got "
                f"{image.shape[-1]} in {self.name}"
            )
        grey = image.shape[-1] == 1
        return Image.fromarray(image[..., 0] if grey else image)

    def size(self, index):
        """`(height, width)` of one image, and of all."""
        return self._items.shape[1:3]

    def _pick(self, indices):
        return self._items[indices]


class PhotoSource(_Source):
    """Encoded images, decoded when asked for; `_encoded` finds the bytes."""

    def open(self, index, enough=None):
        """One image, decoded: an RGB `PIL.Image.Image`."""
        return decode_image(self._encoded(index), self.name_of(index), enough)

    def size(self, index):
        """`(height, width)` of one image, not decoded."""
        return image_size(self._encoded(index), self.name_of(index))

    def read(self, index):
        """One image, decoded, uint8 `(h, w, 3)`."""
        return np.asarray(self.open(index))


class FileSource(PhotoSource):
    """Image files, read when asked for.

    Args:
        paths: one path an image.
        labels: optional integers `(n,)`.
        class_names: optional names, one a label.
        name: what errors and reports call the source.
    """

    def __init__(self, paths, labels=None, class_names=None, name="files"):
        super().__init__(list(paths), labels, class_names, name)

    @property
    def paths(self):
        """All paths, in order."""
        return self._items

    def _encoded(self, index):
        return read_file(self._items[index])

    def name_of(self, index):
        return self._items[index]


class EncodedSource(PhotoSource):
    """Encoded images (JPEG, PNG, ...) in memory.

    Args:
        buffers: one `bytes` an image.
        labels: optional integers `(n,)`.
        class_names: optional names, one a label.
        name: what errors and reports call the source.
    """

    def __init__(self, buffers, labels=None, class_names=None, name="bytes"):
        super().__init__(list(buffers), labels, class_names, name)

    def encoded(self, index):
        """The bytes of one image."""
        return self._items[index]

    _encoded = encoded
