"""Networks that name a class, for protocols that take images away."""

import keras
import numpy as np

from keras_attmask.data.labelled import labelled_test
from keras_attmask.data.labelled import train_and_test
from keras_attmask.data.targets import targets_of
from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.evaluation.linear import Head
from keras_attmask.evaluation.linear import linear_head
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.reader import default_preprocessing
from keras_attmask.models import Classifier
from keras_attmask.models.backbone_of import backbone_of

_LAST = (keras.layers.Dense, keras.layers.Activation, keras.layers.Softmax)


def has_head(network):
    """Whether a network stands on a backbone and answers with classes.

    A `Classifier` does, and a model that ends in a layer for scores; one that
    gives features does not.

    Args:
        network: `keras.Model`.
    """
    if isinstance(network, Classifier):
        return True
    if backbone_of(network) in (None, network):
        return False
    return isinstance(network.layers[-1], _LAST)


def with_head(
    backbone, preprocessing=None, batch_size=256, train=None, limit=None
):
    """A reader of a network that answers with a score a class.

    Args:
        backbone: `models.Classifier`, any model that stands on a
            `VisionTransformer` and ends in a layer for scores, a backbone
            alone, or a `Reader` of one of them.
        preprocessing: `data.Preprocessing`, see `Reader`.
        batch_size: images a step.
        train: labelled images that teach a backbone alone a linear head, on
            its last four blocks; None where it has a head.
        limit: use that many of them; None uses all.

    Raises:
        InputError: for a backbone alone without `train`, or one with a head
            beside it.
    """
    if not isinstance(backbone, Reader) and preprocessing is None:
        alone = backbone_of(backbone) or backbone
        preprocessing = default_preprocessing(alone)
    reader = Reader.of(backbone, preprocessing, batch_size)
    if has_head(reader.backbone):
        if train is not None:
            raise InputError(
                "train: expected none beside a backbone that has a head, got "
                f"{train!r}"
            )
        return reader
    if train is None:
        raise InputError(
            "train: expected labelled images, from which a backbone without "
            "a head can learn one, got none"
        )
    head = Head(0.1, min(4, reader.backbone.num_layers))
    with naming("train", only="data"):
        classifier = linear_head(reader, train, head=head, limit=limit)
    return Reader(classifier, reader.preprocessing, reader.batch_size)


def with_head_and_images(backbone, data, preprocessing, batch_size, limit):
    """`with_head`, and the labelled images to measure it on.

    Args:
        backbone: see `with_head`.
        data: for a network with a head see `data.labelled_test`;
            for a backbone alone, which learns one from the other half, see
            `data.train_and_test`.
        preprocessing: see `with_head`.
        batch_size: likewise.
        limit: use that many images of each part; None uses all.

    Returns:
        `(reader, source)`.
    """
    read = isinstance(backbone, Reader)
    network = backbone.backbone if read else backbone
    if has_head(network):
        train, test = None, labelled_test(data, limit)
    else:
        train, test = train_and_test(data, limit=limit)
    return with_head(backbone, preprocessing, batch_size, train), test


def numbers_of(source, network):
    """The place that the class of each image has among a network's outputs.

    Args:
        source: images with labels. Classes are found by their names where
            source and network have some, else by their numbers.
        network: with a head.

    Returns:
        int `(n,)`.

    Raises:
        InputError: for classes that the network does not know.
    """
    names = getattr(network, "names", None)
    if names is not None and source.class_names is not None:
        return targets_of(source, "classification", names).values
    count = outputs_of(network)
    if source.labels.max() >= count:
        raise InputError(
            f"data: expected classes 0 to {count - 1}, which the head knows, "
            f"got {source.labels.max()} in {source.name}"
        )
    return source.labels


def outputs_of(network):
    """How many classes a network with a head knows."""
    names = getattr(network, "names", None)
    if names is not None:
        return len(names)
    images = keras.KerasTensor((1, *backbone_of(network).image_shape))
    return network.compute_output_spec(images).shape[-1]


def decided(answers):
    """The class with the greatest score, the first of equals.

    Args:
        answers: `(b, K)`.

    Returns:
        int `(b,)`; -1 where that is no number.
    """
    answers = np.asarray(answers, "float32")
    found = answers.argmax(axis=1)  # NaN is the greatest of all
    best = answers[np.arange(len(answers)), found]
    return np.where(np.isfinite(best), found, -1)
