"""How far a classifier goes by the background: the backgrounds challenge.

"Noise or Signal: The Role of Image Backgrounds in Object Recognition", arXiv
2006.09994. The foregrounds of ImageNet-9 stand before backgrounds of their own
class, of another, or before none. A classifier of ImageNet's thousand classes
is right where its class belongs to the right one of the nine.
"""

import dataclasses
import os

import numpy as np

from keras_attmask.data.layouts.imagenet9 import CLASS_MAP
from keras_attmask.data.layouts.imagenet9 import CLASSES
from keras_attmask.data.layouts.imagenet9 import open_imagenet9
from keras_attmask.data.layouts.imagenet9 import read_class_map
from keras_attmask.data.sources import open_source
from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import Answers
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded
from keras_attmask.evaluation.with_head import decided
from keras_attmask.evaluation.with_head import outputs_of
from keras_attmask.evaluation.with_head import with_head


def backgrounds(
    backbone,
    data,
    preprocessing=None,
    class_map=None,
    train=None,
    batch_size=256,
    limit=None,
    output=None,
):
    """Accuracy on the variations of ImageNet-9.

    Images are not cut, and resized only where they have another size than
    the network wants.

    Args:
        backbone: `models.Classifier` of the thousand classes of ImageNet in
            their usual order, or of the nine; or a backbone, which first
            learns a linear head; or a `Reader` of one of them.
        data: folder as downloaded, see `data.layouts.imagenet9`.
        preprocessing: `data.Preprocessing`, see `Reader`; its `crop_ratio`
            is not asked.
        class_map: path of `in_to_in9.json`; None looks for it in the folder.
            Not asked where the head has nine classes named as the folders
            are, or nine without names.
        train: labelled images that teach a backbone alone, a folder a class;
            None for a classifier.
        batch_size: images a step.
        limit: use that many images of each variation, and of `train`; None
            uses all.
        output: folder for `backgrounds.json`; None writes nothing.

    Returns:
        A dict from each variation that there is ("original", "mixed_same",
        ...) to the accuracy on it; and "bg_gap", the accuracy on
        "mixed_same" over that on "mixed_rand".

    Raises:
        InputError: a folder that is none or has a class missing, or a head
            of other classes.

    Example:
        >>> classifier = load_classifier("linear/classifier")
        >>> backgrounds(classifier, "bg_challenge")["bg_gap"]
    """
    sources = open_imagenet9(data)
    reader = with_head(backbone, preprocessing, batch_size, train, limit)
    reader = _uncut(reader)
    path = class_map or os.path.join(data, CLASS_MAP)
    scores = {}
    for name, source in sources.items():
        nine = _to_nine(reader.backbone, source.class_names, path)
        scores[name] = _accuracy(reader, open_source(source, limit), nine)
    if {"mixed_same", "mixed_rand"} <= set(scores):
        scores["bg_gap"] = scores["mixed_same"] - scores["mixed_rand"]
    return recorded(scores, output, "backgrounds")


def _uncut(reader):
    whole = dataclasses.replace(reader.preprocessing, crop_ratio=1.0)
    return Reader(reader.backbone, whole, reader.batch_size)


def _to_nine(network, folders, path):
    """The number among the nine of each class that a network knows.

    Args:
        network: with a head.
        folders: names of the nine.
        path: of the table for others.

    Returns:
        int `(K,)`; -1 for none of the nine.
    """
    count, names = outputs_of(network), getattr(network, "names", None)
    if names is None and count == CLASSES:
        return np.arange(CLASSES)
    if names is not None and set(names) == set(folders):
        return np.array([folders.index(name) for name in names])
    if not os.path.isfile(path):
        raise InputError(
            f"class_map: expected {CLASS_MAP} for a head of {count} classes, "
            f"which are not the nine folders, got none at {os.fspath(path)!r}"
        )
    return read_class_map(path, count)


def _accuracy(reader, source, nine):
    right = 0
    for answers, place in reader.batches(Answers, source):
        found = decided(answers)
        # Neither an unknown class nor what is no number is ever right.
        belongs = np.where(found < 0, -1, nine[found])
        right += int((belongs == source.labels[place]).sum())
    return right / len(source)
