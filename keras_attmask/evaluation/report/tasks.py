"""What some data allow to measure."""

import dataclasses
import functools
import os
import pathlib

from keras_attmask.data.labelled import train_and_test
from keras_attmask.data.layouts.ade20k import is_ade20k
from keras_attmask.data.layouts.cars import is_cars
from keras_attmask.data.layouts.cub import is_cub
from keras_attmask.data.layouts.davis import is_davis
from keras_attmask.data.layouts.image_masks import has_both_parts
from keras_attmask.data.layouts.image_masks import is_image_masks
from keras_attmask.data.layouts.imagenet9 import is_imagenet9
from keras_attmask.data.layouts.in_shop import is_in_shop
from keras_attmask.data.layouts.products import is_products
from keras_attmask.data.layouts.revisited import is_revisited
from keras_attmask.data.layouts.voc import is_voc
from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError
from keras_attmask.evaluation.attention import attention
from keras_attmask.evaluation.backgrounds import backgrounds
from keras_attmask.evaluation.clustering import cluster
from keras_attmask.evaluation.knn import knn
from keras_attmask.evaluation.linear import linear
from keras_attmask.evaluation.linear import sweep_heads
from keras_attmask.evaluation.lowshot import lowshot
from keras_attmask.evaluation.masked import masked
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.retrieval import retrieval
from keras_attmask.evaluation.segmentation import segmentation
from keras_attmask.evaluation.unlabelled import unlabelled
from keras_attmask.evaluation.video import video
from keras_attmask.models.classifier import Classifier

_SEARCHED = (is_revisited, is_cub, is_cars, is_products, is_in_shop)


@dataclasses.dataclass(frozen=True)
class Task:
    """One measurement.

    Attributes:
        protocol: its name.
        run: function `(reader, output=folder) -> scores`.
    """

    protocol: str
    run: callable


def tasks_of(data, limit=None, train=None):
    """All that some data allow.

    Args:
        data: a folder in a published layout, or images, see
            `data.open_source` and `data.train_and_test`.
        limit: use that many images of each part; None uses all.
        train: labelled images of other data that may teach a head, where
            the protocol needs one and these have none.

    Returns:
        A list of `Task`.

    Raises:
        InputError: nothing readable there.
    """
    found = _of_layout(data, limit, train)
    return found if found else _of_images(data, limit)


def _task(function, data, **settings):
    return Task(
        function.__name__,
        lambda reader, output: function(
            reader, data, output=output, **settings
        ),
    )


def _of_layout(path, limit, train):
    """Tasks of a folder as it was published; none for another one."""
    if not isinstance(path, (str, os.PathLike)) or not os.path.isdir(path):
        return []
    task = functools.partial(_task, data=path, limit=limit)
    if is_davis(path):
        return [task(video)]
    if any(fits(path) for fits in _SEARCHED):
        return [task(retrieval)]
    if is_imagenet9(path):
        return [task(backgrounds, train=train)]
    if is_ade20k(path):
        return [task(segmentation)]
    if is_voc(path):
        return [task(segmentation), task(attention)]
    if is_image_masks(path):
        first = [task(segmentation)] if has_both_parts(path) else []
        return [*first, task(attention)]
    return []


def _linear_sweep(reader, data, output):
    heads = sweep_heads(reader.backbone.num_layers)
    return linear(
        reader,
        data,
        heads=heads,
        augment=False,
        standardise=True,
        output=output,
    )


def _masked_head(reader, data, output):
    """The head that the sweep has just chosen, before black patches."""
    chosen = pathlib.Path(output).parent / "linear" / "classifier"
    if not chosen.is_dir():  # the sweep was left out
        return masked(reader, data, output=output)
    classifier = Classifier.from_preset(chosen)
    own = Reader(classifier, reader.preprocessing, reader.batch_size)
    return masked(own, data[1], output=output)


def _of_images(data, limit):
    """Tasks of plain images, with labels or without."""
    try:
        parts = train_and_test(data, limit=limit)
    except InputError:
        source = open_source(data, limit=limit)
        return _of_one_part(source)
    taught = [
        _task(knn, parts),
        Task("linear", functools.partial(_linear_sweep, data=parts)),
        _task(lowshot, parts),
        Task("masked", functools.partial(_masked_head, data=parts)),
    ]
    return taught + _of_one_part(parts[1])


def _of_one_part(source):
    named = source.labels is not None and source.labels.min() >= 0
    protocols = [cluster, retrieval] if named else []
    return [_task(function, source) for function in (*protocols, unlabelled)]
