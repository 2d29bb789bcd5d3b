"""Searching by image: landmarks, birds, cars, products, or any classes."""

from keras_attmask.data.layouts.revisited import is_revisited
from keras_attmask.errors import InputError
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded
from keras_attmask.evaluation.retrieval.fine_grained import fine_grained_scores
from keras_attmask.evaluation.retrieval.landmarks import IMAGE_SIZE
from keras_attmask.evaluation.retrieval.landmarks import SCALES
from keras_attmask.evaluation.retrieval.landmarks import landmark_scores


def retrieval(
    backbone,
    data,
    preprocessing=None,
    image_size=IMAGE_SIZE,
    scales=SCALES,
    crop_queries=True,
    side_step=None,
    batch_size=256,
    limit=None,
    output=None,
):
    """Searches by class tokens and cosine; nothing is trained.

    The folder tells which benchmark it is, and may be the one around it:

        roxford5k, rparis6k         mean average precision, see
                                    `revisited_scores`; photographs are read
                                    as `landmark_scores` says
        CUB_200_2011                recall at 1 to 32, classes 100 to 199
        Stanford Cars               recall at 1 to 32, classes 98 to 195
        Stanford_Online_Products    recall at 1 to 1000, test products
        In-Shop                     recall at 1 to 50, queries in gallery
        any images with labels      recall at 1 to 32

    For recall, images are prepared as the reader prepares them: by default
    the short side to 256 of 224 pixels, bicubic with antialias, and the
    middle. (AttMask's own script resized them after normalising, bilinear
    and without antialias.)

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: see above; labelled images also as `data.open_source` takes
            them.
        preprocessing: `data.Preprocessing`, see `Reader`. Of Oxford and
            Paris its mean and deviation count alone.
        image_size: of Oxford and Paris, pixels of the longer side.
        scales: of Oxford and Paris, factors at which photographs are seen.
        crop_queries: of Oxford and Paris, cut queries to their boxes, as the
            benchmark demands; DINO, iBOT and AttMask do not.
        side_step: of Oxford and Paris, sides are cut to multiples of so many
            pixels, see `landmarks.step_of`.
        batch_size: images a step of the backbone. Of Oxford and Paris, as
            many photographs as have so many pixels.
        limit: of Oxford, Paris and In-Shop use that many queries and as many
            images to search, the right ones first; else that many images,
            two of each class in turn. None uses all.
        output: folder for `retrieval.json`, and for `retrieval.png` with
            some queries and what was found by them; None writes nothing.

    Returns:
        A dict: "map_medium", say, or "recall_at_1", from 0 to 1; "queries",
        how many were in the mean, and "images", how many were searched.

    Raises:
        InputError: a missing or broken file, settings that do not fit, or
            images without labels.

    Example:
        >>> scores = retrieval(backbone, "data/CUB_200_2011")
        >>> scores["recall_at_1"], scores["queries"]  # doctest: +SKIP
        (0.512, 5924)
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    if limit is not None and limit < 1:
        raise InputError(f"limit: expected 1 image or more, got {limit}")
    if is_revisited(data):
        scores = landmark_scores(
            reader,
            data,
            image_size,
            scales,
            crop_queries,
            side_step,
            limit,
            output,
        )
    else:
        scores = fine_grained_scores(reader, data, limit, output)
    return recorded(scores, output, "retrieval")
