"""One film: the masks that a backbone finds, and how good they are."""

import dataclasses

import numpy as np

from keras_attmask.data.layouts.davis import VOID
from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import answer_batches
from keras_attmask.evaluation.video.frames import FittedFrames
from keras_attmask.evaluation.video.frames import FrameTokens
from keras_attmask.evaluation.video.frames import fitted_size
from keras_attmask.evaluation.video.label_maps import mask_of
from keras_attmask.evaluation.video.label_maps import one_hot
from keras_attmask.evaluation.video.label_maps import resized_mask
from keras_attmask.evaluation.video.metrics import boundary_measure
from keras_attmask.evaluation.video.metrics import region_similarity
from keras_attmask.evaluation.video.propagation import propagated


def _at_once(reader, patches):
    """Frames a step: attention grows with the square of patches."""
    height, width, _ = reader.backbone.image_shape
    own = height * width // reader.backbone.patch_size**2
    return max(1, int(reader.batch_size * own**2 // patches**2))


def _tokens(reader, paths, size):
    """Patch tokens of frames, one `(N, D)` after the other."""
    patches = size[0] * size[1] // reader.backbone.patch_size**2
    preprocessing = dataclasses.replace(
        reader.preprocessing,
        image_shape=(*size, reader.backbone.image_shape[-1]),
        crop_ratio=1.0,
    )
    batches = answer_batches(
        reader.asked(FrameTokens, size=size),
        FittedFrames(paths, size),
        preprocessing,
        _at_once(reader, patches),
    )
    for tokens, _ in batches:
        yield from tokens


def found_masks(reader, sequence, shorter, rule):
    """Follows the objects of the first frame through a film.

    Args:
        reader: `Reader` of a backbone.
        sequence: `data.layouts.davis.Sequence`.
        shorter: pixels of the frames' shorter side for the backbone.
        rule: `Propagation`.

    Yields:
        The mask of each frame, uint8 `(h, w)`, the first as it was given.

    Raises:
        InputError: tokens that are not finite, or a first mask that does
            not fit.
    """
    given, objects, _ = sequence.first()
    patch = reader.backbone.patch_size
    size = fitted_size(given.shape, shorter, patch)
    grid = size[0] // patch, size[1] // patch
    numbers = np.array([0, *objects], "uint8")
    first = one_hot(resized_mask(given, grid), numbers)
    tokens = _tokens(reader, sequence.frames, size)
    yield given
    for shares in propagated(tokens, first, grid, rule):
        yield numbers[mask_of(shares, grid, patch, given.shape)]


def _of_frame(truth, found, objects):
    """J and F of each object, `(objects, 2)`."""
    pairs = [(truth == number, found == number) for number in objects]
    return [
        (region_similarity(*pair), boundary_measure(*pair)) for pair in pairs
    ]


def film_scores(sequence, masks):
    """Compares masks with the truth, frame by frame, object by object.

    Args:
        sequence: `data.layouts.davis.Sequence`.
        masks: iterator of uint8 `(h, w)`, one a frame.

    Returns:
        float64 `(objects, frames - 2, 2)`, J and F. The first frame, which
        was given, and the last do not count, as in the official evaluation;
        nor do objects that are not on the first.

    Raises:
        InputError: a true mask of another size than the first.
    """
    _, objects, _ = sequence.first()
    scores, last = [], len(sequence) - 1
    for index, found in enumerate(masks):
        if index in (0, last):
            continue
        truth = sequence.mask(index)
        if truth.shape != found.shape:
            raise InputError(
                f"data: expected {found.shape[0]}x{found.shape[1]} pixels, as "
                f"in the first mask, in {sequence.masks[index]}, got "
                f"{truth.shape[0]}x{truth.shape[1]}"
            )
        found = np.where(truth == VOID, VOID, found)
        scores.append(_of_frame(truth, found, objects))
    return np.swapaxes(scores, 0, 1)
