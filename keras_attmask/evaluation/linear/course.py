"""From labelled images to trained heads."""

import functools

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.evaluation.block_vectors import BlockVectors
from keras_attmask.evaluation.block_vectors import columns_of
from keras_attmask.evaluation.cropped import Cropped
from keras_attmask.evaluation.linear.heads import Heads
from keras_attmask.evaluation.linear.settings import all_kinds
from keras_attmask.evaluation.linear.streams import ReadOnce
from keras_attmask.evaluation.linear.training import train
from keras_attmask.evaluation.moments import broken_rows
from keras_attmask.evaluation.moments import mean_and_deviation
from keras_attmask.models.classifier import Classifier

_LARGEST = 1024  # images a step
_LEAST = 32  # of them, if there are so many
_LEAST_STEPS = 100  # an epoch: greater batches end a little worse


def _batch_size(count):
    size = max(_LEAST, min(_LARGEST, count // _LEAST_STEPS))
    return min(size, count)


def _checked(heads, epochs, num_layers):
    if not heads:
        raise InputError("heads: expected one or more, got none")
    if not epochs >= 1:
        raise InputError(f"epochs: expected 1 or more, got {epochs!r}")
    for head in heads:
        if not 1 <= head.num_blocks <= num_layers:
            raise InputError(
                f"num_blocks: expected 1 to {num_layers}, the blocks that "
                f"there are, got {head.num_blocks!r}"
            )


def _vectors(reader, source, kind):
    features = reader.answers(
        BlockVectors, source, num_blocks=kind[0], pooling=kind[1]
    )
    broken = broken_rows(features)
    if broken:
        raise InputError(
            f"backbone: expected finite features, got NaN or infinity for "
            f"{broken} images of {source.name}"
        )
    return features


def course_of(
    reader, source, test, heads, epochs, augment, standardise, classes, seed
):
    """Trains heads on one source and measures them on another.

    Args:
        reader: `Reader`.
        source: images with labels that teach.
        test: images with labels to measure on, or None.
        heads: list of `Head`.
        epochs: passes over the images that teach.
        augment: see `linear`.
        standardise: likewise.
        classes: K.
        seed: of weights, order and crops.

    Returns:
        `training.Course`.

    Raises:
        InputError: heads, epochs or features that cannot be used.
    """
    _checked(heads, epochs, reader.backbone.num_layers)
    if augment and standardise:
        raise InputError(
            "standardise: expected False with augment, whose features are "
            "never all known, got True"
        )
    kind, spread = all_kinds(heads), None
    batch_size = _batch_size(len(source))
    if augment:
        stream = Cropped(reader, source, kind, batch_size, seed)
    else:
        features = _vectors(reader, source, kind)
        stream = ReadOnce(features, batch_size, seed)
        if standardise:
            mean, deviation = mean_and_deviation(features)
            spread = mean, deviation + np.float32(1e-6)
    columns = functools.partial(columns_of, reader.backbone.hidden_dim, kind)
    made = Heads(heads, columns, classes, seed, spread)
    if test is not None:
        test = _vectors(reader, test, kind), test.labels
    return train(made, stream, source.labels, epochs, batch_size, test)


def classifier_of(reader, course, heads, number, names):
    """The backbone with one of the heads.

    Args:
        reader: `Reader` of the backbone, which is not copied.
        course: of `course_of`.
        heads: list of `Head`.
        number: place of the one wanted.
        names: of the classes.

    Returns:
        `models.Classifier`.
    """
    head = heads[number]
    classifier = Classifier(
        reader.backbone, names, head.pooling, head.num_blocks
    )
    classifier.predictions.set_weights(course.heads.weights_of(number))
    return classifier


def names_of(source, classes):
    """Names of the classes: those of the folders, or numbers."""
    given = source.class_names or ()
    names = [str(name) for name in given[:classes]]
    return names + [str(n) for n in range(len(names), classes)]
