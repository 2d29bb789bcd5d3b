"""Images kept apart from those that are trained on."""

import numpy as np

from keras_attmask.errors import InputError


def hold_out(source, share, seed):
    """Splits a source, classes alike.

    Args:
        source: see `source_types`.
        share: of the images of each class that are kept apart, at least one
            of a class that has two; without classes, of all images.
        seed: of the choice.

    Returns:
        `(rest, held_out)`, sources.

    Raises:
        InputError: where nothing would be left on one side.
    """
    labels = source.labels
    if labels is None:
        labels = np.zeros(len(source), "int64")
    random, chosen = np.random.default_rng(seed), []
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        count = max(1, round(share * len(members))) if len(members) > 1 else 0
        chosen.append(members[: min(count, len(members) - 1)])
    held = np.sort(np.concatenate(chosen)).astype(int)
    rest = np.setdiff1d(np.arange(len(source)), held)
    if not len(held):
        raise InputError(
            f"data: expected a class of two images or more to hold some out, "
            f"got none in {source.name}"
        )
    return source.take(rest), source.take(held)
