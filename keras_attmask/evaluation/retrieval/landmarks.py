"""Revisited Oxford and Paris: photographs of a building found by another.

As DINO and iBOT measure it: photographs whose longer side is 512 pixels, at
three scales, the mean of the three class tokens, cosine. Three things differ.
Queries are cut to their boxes, as the benchmark demands and that code does
not (`crop_queries`). For patches much smaller than 14 pixels, sides are cut
to multiples of more than one patch, so that there are few shapes, each of
which must be compiled (`side_step`): at most 79 of photographs that fill the
longer side, and as a rule one of each cut query. Sides too short for a patch
at the smallest scale are stretched, where that code would fail.
"""

import numpy as np

from keras_attmask.data.layouts.revisited import JUDGEMENTS
from keras_attmask.data.layouts.revisited import open_revisited
from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.evaluation.retrieval.average_precision import (
    revisited_scores,
)
from keras_attmask.evaluation.retrieval.limited import found_first
from keras_attmask.evaluation.retrieval.multi_scale import multi_scale_features
from keras_attmask.evaluation.retrieval.picture import NEAREST
from keras_attmask.evaluation.retrieval.picture import draw_nearest
from keras_attmask.evaluation.retrieval.picture import shown_queries
from keras_attmask.evaluation.retrieval.thumbnails import Thumbnails

SCALES = (1.0, 2**-0.5, 0.5)
IMAGE_SIZE = 512
_STEPS = 40  # on the longer side: at most 79 shapes with that side in full


def step_of(patch_size, image_size, side_step=None):
    """What all sides are multiples of.

    Args:
        patch_size: of the backbone.
        image_size: pixels of the longer side.
        side_step: what the user wants, a multiple of the patch; None takes
            the smallest of which 40 or fewer fill the longer side.

    Raises:
        InputError: no multiple of the patch.
    """
    if side_step is None:
        return patch_size * max(-(-(image_size // patch_size) // _STEPS), 1)
    if side_step < 1 or side_step % patch_size:
        raise InputError(
            f"side_step: expected a multiple of the patch, {patch_size} "
            f"pixels, got {side_step}"
        )
    return side_step


def _shortest(patch_size, scales, step):
    """The shortest side that has a patch at all scales."""
    side = step
    while int(side * min(scales)) < patch_size:
        side += step
    return side


def _limited(benchmark, limit):
    """`(queries, database, truth)`: places, and judgements among them."""
    queries = range(len(benchmark.queries))[:limit]
    truth = [benchmark.truth[query] for query in queries]
    wanted = [np.concatenate([row["easy"], row["hard"]]) for row in truth]
    database = found_first(wanted, len(benchmark.database), limit)
    kept = [
        {n: np.flatnonzero(np.isin(database, row[n])) for n in JUDGEMENTS}
        for row in truth
    ]
    return queries, database, kept


def landmark_scores(
    reader,
    data,
    image_size=IMAGE_SIZE,
    scales=SCALES,
    crop_queries=True,
    side_step=None,
    limit=None,
    output=None,
):
    """Mean average precision on Revisited Oxford or Paris.

    Args:
        reader: `Reader` of a `VisionTransformer`.
        data: roxford5k or rparis6k, see `data.layouts.revisited`.
        image_size: pixels of the longer side of photographs; smaller ones
            stay as they are.
        scales: factors at which each photograph is looked at, up to 1.
        crop_queries: cut queries to their boxes.
        side_step: see `step_of`.
        limit: that many queries, and images of the database, the right ones
            first; None uses all.
        output: folder for `retrieval.png`; None draws nothing.

    Returns:
        The dict of `revisited_scores`, and "queries" and "images", how many
        there were.

    Raises:
        InputError: a missing or broken file, or settings that do not fit.
    """
    patch_size = reader.backbone.patch_size
    step = step_of(patch_size, image_size, side_step)
    if not scales or not all(0 < scale <= 1 for scale in scales):
        raise InputError(
            f"scales: expected factors above 0 and at most 1, got {scales}"
        )
    shortest = _shortest(patch_size, scales, step)
    if image_size < shortest:
        raise InputError(
            f"image_size: expected {shortest} pixels or more, so that a patch "
            f"is left at the smallest scale, got {image_size}"
        )
    benchmark = open_revisited(data)
    queries, database, truth = _limited(benchmark, limit)
    photographs = [
        (benchmark.queries[n], benchmark.boxes[n] if crop_queries else None)
        for n in queries
    ] + [(benchmark.database[n], None) for n in database]
    thumbnails = Thumbnails(
        photographs, image_size, step, shortest, benchmark.name
    )
    features = multi_scale_features(reader, thumbnails, tuple(scales))
    asked, searched = features[: len(queries)], features[len(queries) :]
    ranks = np.argsort(-(asked @ searched.T), axis=1, kind="stable")
    with naming("data"):
        scores = revisited_scores(ranks, truth)
    if output:
        _draw(thumbnails, ranks, truth, output)
    return scores | {"queries": len(queries), "images": len(database)}


def _draw(thumbnails, ranks, truth, output):
    shown = shown_queries(len(truth))

    def judged(query, place):
        row = truth[shown[query]]
        if place in row["junk"]:
            return "junk"
        return "right" if place in [*row["easy"], *row["hard"]] else "wrong"

    draw_nearest(
        thumbnails.take(shown),
        thumbnails.take(range(len(truth), len(thumbnails))),
        ranks[shown, :NEAREST],
        judged,
        output,
    )
