"""Fine-grained retrieval: an image of the same bird, car, product or item."""

import dataclasses

import numpy as np

from keras_attmask.data.labelled import labelled
from keras_attmask.data.layouts.cars import is_cars
from keras_attmask.data.layouts.cars import open_cars
from keras_attmask.data.layouts.cub import is_cub
from keras_attmask.data.layouts.cub import open_cub
from keras_attmask.data.layouts.in_shop import is_in_shop
from keras_attmask.data.layouts.in_shop import open_in_shop
from keras_attmask.data.layouts.products import is_products
from keras_attmask.data.layouts.products import open_products
from keras_attmask.errors import naming
from keras_attmask.evaluation.nearest import unit_rows
from keras_attmask.evaluation.retrieval.limited import found_first
from keras_attmask.evaluation.retrieval.limited import pairs_first
from keras_attmask.evaluation.retrieval.picture import NEAREST
from keras_attmask.evaluation.retrieval.picture import draw_nearest
from keras_attmask.evaluation.retrieval.picture import shown_queries
from keras_attmask.evaluation.retrieval.recall import nearest_others
from keras_attmask.evaluation.retrieval.recall import recall_at_k

KS = (1, 2, 4, 8, 16, 32)
PRODUCT_KS = (1, 10, 100, 1000)
IN_SHOP_KS = (1, 10, 20, 30, 40, 50)


@dataclasses.dataclass(frozen=True)
class FineGrained:
    """What is searched for, where, and how far down.

    Attributes:
        images: a source with labels.
        gallery: a source with labels to search in; None searches for each
            image among the others.
        ks: numbers of images that are looked at.
    """

    images: object
    ks: tuple
    gallery: object = None


def open_fine_grained(data, limit=None):
    """Opens a published benchmark, or any images with labels.

    Args:
        data: folder of CUB-200-2011, Stanford Cars, Stanford Online Products
            or In-Shop, see `data.layouts`, or the one around it; or any
            labelled images, see `data.open_source`.
        limit: take that many images, two of each class in turn; in In-Shop
            that many queries, and as many images to search in.

    Returns:
        `FineGrained`.

    Raises:
        InputError: nothing readable there, or no labels.
    """
    if is_in_shop(data):
        return _in_shop(*open_in_shop(data), limit)
    ks = KS
    if is_products(data):
        source, ks = open_products(data), PRODUCT_KS
    elif is_cub(data):
        source = open_cub(data)
    elif is_cars(data):
        source = open_cars(data)
    else:
        source = labelled(data)
    return FineGrained(source.take(pairs_first(source.labels, limit)), ks)


def _in_shop(queries, gallery, limit):
    queries = queries.take(np.arange(len(queries))[:limit])
    wanted = [np.flatnonzero(gallery.labels == n) for n in queries.labels]
    places = found_first(wanted, len(gallery), limit)
    return FineGrained(queries, IN_SHOP_KS, gallery.take(places))


def fine_grained_scores(reader, data, limit=None, output=None):
    """`recall_at_k` of a backbone's class tokens.

    Args:
        reader: `Reader`.
        data: see `open_fine_grained`.
        limit: likewise.
        output: folder for `retrieval.png`; None draws nothing.

    Returns:
        The dict of `recall_at_k`, and "images", how many were searched.

    Raises:
        InputError: see `open_fine_grained`; no two images of one class.
    """
    found = open_fine_grained(data, limit)
    features = reader.class_tokens(found.images)
    bank = labels = None
    if found.gallery is not None:
        bank, labels = reader.class_tokens(found.gallery), found.gallery.labels
    with naming("data"):
        scores = recall_at_k(
            features, found.images.labels, found.ks, bank, labels
        )
    if output:
        _draw(found, features, bank, output)
    return scores | {"images": len(found.gallery or found.images)}


def _draw(found, features, bank, output):
    shown = shown_queries(len(features))
    gallery = found.gallery or found.images
    unit = unit_rows(features, "features")
    own = shown if bank is None else None
    bank = unit if bank is None else unit_rows(bank, "gallery")
    labels = found.images.labels[shown]

    def judged(query, place):
        return "right" if gallery.labels[place] == labels[query] else "wrong"

    draw_nearest(
        found.images.take(shown),
        gallery,
        nearest_others(unit[shown], bank, NEAREST, own),
        judged,
        output,
    )
