"""The pictures that come with the package."""

import pathlib

import numpy as np

from keras_attmask.data.source_types import ArraySource
from keras_attmask.errors import InputError

_ASSETS = pathlib.Path(__file__).parent / "assets"
_CLASS_NAMES = {
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
}
_SPLITS = ("train", "test")


def open_bundled(name):
    """Opens a bundled data set.

    Args:
        name: "fashion_mnist/train" (12,000 pictures of 28 x 28, one channel,
            1,200 a class) or "fashion_mnist/test" (2,000, 200 a class).

    Returns:
        An `ArraySource`.
    """
    dataset, _, split = name.partition("/")
    if dataset not in _CLASS_NAMES or split not in _SPLITS:
        known = [f"{d}/{s}" for d in _CLASS_NAMES for s in _SPLITS]
        raise InputError(
            "data: expected bundled:NAME with NAME one of "
            f"{', '.join(known)}, got bundled:{name}"
        )
    with np.load(_ASSETS / dataset / f"{dataset}.npz") as arrays:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    return ArraySource(images, labels, _CLASS_NAMES[dataset], f"bundled:{name}")
