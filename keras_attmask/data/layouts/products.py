"""Stanford Online Products, as it is unpacked.

Stanford_Online_Products/Ebay_test.txt
    image_id class_id super_class_id path
    1 11319 1 bicycle_final/251952414262_0.JPG
Stanford_Online_Products/bicycle_final/251952414262_0.JPG
"""

import os

from keras_attmask.data.layouts.tables import held
from keras_attmask.data.layouts.tables import holder
from keras_attmask.data.layouts.tables import present
from keras_attmask.data.layouts.tables import rows_of
from keras_attmask.data.layouts.tables import whole_numbers
from keras_attmask.data.source_types import FileSource

_NAMES = ("Stanford_Online_Products",)
_FILES = ("Ebay_test.txt",)


def is_products(path):
    """Whether that is the folder, or the one around it."""
    return holder(path, _FILES, _NAMES) is not None


def open_products(path):
    """Opens the images that retrieval is tested on.

    Args:
        path: Stanford_Online_Products, or the folder around it.

    Returns:
        `FileSource` of the images of `Ebay_test.txt`, in its order, a
        product a class: 11318 to 22633, counted from 0.

    Raises:
        InputError: a missing or broken file, by name.
    """
    folder = held(path, _FILES, _NAMES)
    listing = os.path.join(folder, *_FILES)
    rows = rows_of(listing, 4, skip=1)
    labels = whole_numbers([row[1] for row in rows], listing) - 1
    paths = [os.path.join(folder, row[3]) for row in rows]
    return FileSource(present(paths, listing), labels, name=folder)
