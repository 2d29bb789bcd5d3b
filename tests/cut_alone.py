"""Views of one photograph, each with its law said outright."""

import numpy as np

from keras_attmask.data.photo_views import cut_views
from keras_attmask.data.view_draws import cut_numbers
from keras_attmask.data.view_draws import cuts_of


def cut_alone(image, keys, size, scale):
    """uint8 `(V, size, size, C)`, one view a key."""
    numbers = cut_numbers(keys, np)
    cuts = cuts_of(numbers, image.height, image.width, scale, ops=np)
    shape = (len(keys), size, size, len(image.getbands()))
    views = np.zeros(shape, "uint8")
    cut_views(image, *cuts, views)
    return views
