"""The patches that teach, as many as memory shall hold."""

import dataclasses

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.evaluation.patch_labels import mask_patches
from keras_attmask.evaluation.patch_tokens import PatchTokens


@dataclasses.dataclass(frozen=True, eq=False)
class TaughtPatches:
    """Patches of images, equally many of each.

    Args:
        tokens: float32 `(n, M, D)`.
        labels: integers `(n, M, pixels)`, the classes of their pixels.
    """

    tokens: np.ndarray
    labels: np.ndarray


def finite(tokens):
    """Tokens, if they are numbers."""
    if not np.isfinite(tokens).all():
        raise InputError(
            "backbone: expected finite patch tokens, got NaN or infinity"
        )
    return tokens


def taught_patches(reader, part, truth, limit, seed=0):
    """Reads patch tokens and the classes of their pixels.

    Args:
        reader: `Reader`.
        part: `data.Segmented`.
        truth: `Truth`.
        limit: most patches that are held. Where there are more, each image
            gives as many as the others, drawn by the seed; where there are
            more images than that, so many are drawn.
        seed: whole number from 0.

    Returns:
        `TaughtPatches`.

    Raises:
        InputError: see `Truth.of`; tokens that are not finite, or not a
            pixel that counts.
    """
    random = np.random.default_rng(seed)
    if len(part) > limit:
        chosen = random.choice(len(part), limit, replace=False)
        part = part.take(np.sort(chosen))
    kind = np.min_scalar_type(max(truth.num_classes, truth.ignored))
    tokens = labels = None
    for found, place in reader.batches(PatchTokens, part.source):
        rows = range(place.start, place.stop)
        masks = mask_patches(truth.of(part, rows), reader.backbone.patch_size)
        if tokens is None:
            count = min(found.shape[1], limit // len(part))
            tokens = np.empty((len(part), count, found.shape[2]), "float32")
            labels = np.empty((len(part), count, masks.shape[2]), kind)
        chosen = _drawn(random, masks.shape[:2], count)
        tokens[place] = finite(np.take_along_axis(found, chosen, axis=1))
        labels[place] = np.take_along_axis(masks, chosen, axis=1)
    if (labels == truth.ignored).all():
        raise InputError("data: expected train masks with classes, got none")
    return TaughtPatches(tokens, labels)


def _drawn(random, shape, count):
    """`count` patches of each image, in order: `(b, count, 1)`."""
    batch, patches = shape
    if count == patches:
        chosen = np.broadcast_to(np.arange(patches), shape)
    else:
        chosen = random.random(shape).argsort(axis=1)[:, :count]
    return np.sort(chosen, axis=1).reshape(batch, count, 1)
