"""In-Shop Clothes Retrieval of DeepFashion, as it is unpacked.

    Eval/list_eval_partition.txt    how many; names of columns; then
        img/WOMEN/Tees/id_00000001/01_1_front.jpg id_00000001 query
    Img/img/WOMEN/Tees/id_00000001/01_1_front.jpg

The list may lie beside `Img`, and `img` beside the list.
"""

import os

import numpy as np

from keras_attmask.data.layouts.tables import held
from keras_attmask.data.layouts.tables import holder
from keras_attmask.data.layouts.tables import present
from keras_attmask.data.layouts.tables import rows_of
from keras_attmask.data.source_types import FileSource
from keras_attmask.errors import InputError

_NAMES = (
    "In-shop Clothes Retrieval Benchmark",
    "In-shop_Clothes_Retrieval_Benchmark",
)
_LIST = "list_eval_partition.txt"
_FILES = (os.path.join("Eval", _LIST), _LIST)
_PARTS = ("train", "query", "gallery")


def is_in_shop(path):
    """Whether that is the folder, or the one around it."""
    return holder(path, _FILES, _NAMES) is not None


def open_in_shop(path):
    """Opens the images to search with, and those to search in.

    Args:
        path: the folder of the benchmark, or the one around it.

    Returns:
        `(queries, gallery)`: two `FileSource` with an item a class, numbered
        alike, in the order of the list.

    Raises:
        InputError: a missing or broken file, by name.
    """
    folder = held(path, _FILES, _NAMES)
    listing = next(
        found
        for found in (os.path.join(folder, name) for name in _FILES)
        if os.path.isfile(found)
    )
    rows = rows_of(listing, 3, skip=2)
    unknown = [row[2] for row in rows if row[2] not in _PARTS]
    if unknown:
        raise InputError(
            f"data: expected one of {', '.join(_PARTS)} in {listing}, got "
            f"{unknown[0]!r}"
        )
    inner = os.path.join(folder, "Img")
    images = inner if os.path.isdir(inner) else folder
    items, numbers = np.unique([row[1] for row in rows], return_inverse=True)

    def part(name):
        places = [n for n, row in enumerate(rows) if row[2] == name]
        paths = [os.path.join(images, rows[place][0]) for place in places]
        return FileSource(
            present(paths, listing),
            numbers[places],
            items.tolist(),
            f"{name} of {listing}",
        )

    return part("query"), part("gallery")
