"""A sheet of some queries and of what was found by them."""

import os

import numpy as np

from keras_attmask.visualize.neighbours import neighbour_sheet

_QUERIES = 6
NEAREST = 6


def shown_queries(count):
    """Places of the queries that are drawn, spread over all of them."""
    return np.linspace(0, count - 1, min(count, _QUERIES)).round().astype(int)


def draw_nearest(queries, gallery, nearest, judged, output):
    """Writes `retrieval.png`.

    Args:
        queries: a source, the images that are drawn.
        gallery: a source.
        nearest: for each query some places in the gallery, best first.
        judged: callable from the place of a query and one in the gallery to
            "right", "wrong" or "junk".
        output: folder.
    """
    rows = [
        (
            queries.read(query),
            [(gallery.read(n), judged(query, n)) for n in map(int, places)],
        )
        for query, places in enumerate(nearest)
    ]
    neighbour_sheet(rows, os.path.join(output, "retrieval.png"))
