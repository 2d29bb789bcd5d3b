"""Accuracy on images of which the most attended patches are black.

The official protocol: one network, the same for all classifiers that are
compared, ranks the patches of each image by the attention of its class token,
and a growing share of the first is blackened. A classifier that has learnt to
look elsewhere loses less. Pixels become black before they are normalised;
patches are not left out.
"""

import collections
import dataclasses
import os

import numpy as np
from keras import ops

from keras_attmask.data.image_batches import image_batches
from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import Answers
from keras_attmask.evaluation.masked.guide import MODES
from keras_attmask.evaluation.masked.guide import Guide
from keras_attmask.evaluation.masked.guide import blackened
from keras_attmask.evaluation.masked.picture import draw_accuracy
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded
from keras_attmask.evaluation.with_head import decided
from keras_attmask.evaluation.with_head import numbers_of
from keras_attmask.evaluation.with_head import with_head_and_images
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.one_program import as_one

RATIOS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def masked(
    backbone,
    data,
    preprocessing=None,
    guide=None,
    ratios=RATIOS,
    modes=("high", "random"),
    seed=0,
    batch_size=256,
    limit=None,
    output=None,
):
    """Accuracy of a classifier as ever more patches are blackened.

    Images are cut and resized for the classifier; then the guide looks at
    the same cut, at its own size. What it attends to, on its own grid, is set
    to black there, and the classifier sees the rest.

    Args:
        backbone: `models.Classifier`; or a backbone, which first learns a
            linear head; or a `Reader` of one of them.
        data: labelled images, see `data.open_source`, for a classifier; with
            a half to learn from, see `data.train_and_test`, for a backbone.
        preprocessing: `data.Preprocessing`, see `Reader`.
        guide: `VisionTransformer` that ranks the patches, or a `Reader` of
            one; None takes the classifier's own backbone. The official
            numbers have DINO's ViT-B/16 here.
        ratios: shares of the patches to blacken, 0 to 1; of N patches
            N x ratio, rounded down.
        modes: which patches: "high", the most attended, which is the
            official mode; "low", the least attended; "random". The first
            in the image goes first of patches that are attended to alike.
        seed: of "random". The patches of a ratio are among those of each
            greater one.
        batch_size: images a step.
        limit: use that many images of each part; None uses all.
        output: folder for `masked.json` and `masked.png`; None writes
            nothing.

    Returns:
        A dict: "accuracy" on whole images; for each mode
        "high_accuracy_at_0.5" for each ratio and "high_mean_accuracy" over
        the ratios.

    Raises:
        InputError: images without labels or of classes that the head does
            not know, or settings that are none.

    Example:
        >>> classifier = load_classifier("runs/finetune-20261126-120000")
        >>> masked(classifier, "photos/val", guide=load_backbone("dino.pth"))
    """
    ratios, modes = tuple(ratios), tuple(modes)
    _check(ratios, modes)
    reader, source = with_head_and_images(
        backbone, data, preprocessing, batch_size, limit
    )
    ranking = Guide(_guide_reader(guide, reader), seed)
    accuracy = _accuracy(reader, ranking, source, ratios, modes)
    curves = {
        mode: [accuracy[mode, ranking.count(ratio)] for ratio in ratios]
        for mode in modes
    }
    if output:
        path = os.path.join(output, "masked.png")
        draw_accuracy(ratios, curves, path)
    scores = _scores(accuracy[None, 0], ratios, curves)
    return recorded(scores, output, "masked")


def _check(ratios, modes):
    if not ratios or not all(0 <= ratio <= 1 for ratio in ratios):
        raise InputError(f"ratios: expected numbers from 0 to 1, got {ratios}")
    if not modes or not set(modes) <= set(MODES):
        raise InputError(
            f"modes: expected some of {', '.join(MODES)}, got {modes}"
        )


def _guide_reader(guide, reader):
    if isinstance(guide, Reader):
        return guide
    if guide is not None:
        alone = backbone_of(guide) or guide
        return Reader(alone, batch_size=reader.batch_size)
    own = backbone_of(reader.backbone)
    return Reader(own, reader.preprocessing, reader.batch_size)


def _pixels_of(preprocessing, channels):
    """The same cut and size, values from 0 to 255 and as many colours as
    the one who wants most."""
    channels = max(channels, preprocessing.image_shape[-1])
    return dataclasses.replace(
        preprocessing,
        image_shape=(*preprocessing.image_shape[:2], channels),
        mean=(0.0,) * channels,
        std=(1 / 255,) * channels,
    )


def _accuracy(reader, ranking, source, ratios, modes):
    """Shares of right answers by `(mode, patches hidden)`."""
    labels, hits = numbers_of(source, reader.backbone), collections.Counter()
    network = reader.asked(Answers)
    prepare = dataclasses.replace(reader.preprocessing, crop_ratio=1.0)
    whole = _pixels_of(reader.preprocessing, ranking.channels)
    size = min(reader.batch_size, len(source))
    for pixels, place in image_batches(source, whole, size):
        own = labels[place]
        # A short last batch is filled up: another shape is another compile.
        pixels = ops.pad(pixels, [(0, size - len(own))] + [(0, 0)] * 3)
        for key, seen in _seen(pixels, ranking, ratios, modes, place.start):
            answers = network.predict_on_batch(as_one(prepare, seen))
            hits[key] += int((decided(answers[: len(own)]) == own).sum())
    shares = {key: count / len(source) for key, count in hits.items()}
    # Where nothing is hidden, all modes are one.
    return shares | {(mode, 0): shares[None, 0] for mode in modes}


def _seen(pixels, ranking, ratios, modes, first):
    """Yields `((mode, patches hidden), pixels)`: whole, then the others."""
    yield (None, 0), pixels
    attention = ranking.attention(pixels)
    for mode in modes:
        for count, ratio in {ranking.count(r): r for r in ratios}.items():
            if count:
                mask = ranking.masks(mode, ratio, attention, first)
                seen = as_one(blackened, pixels, mask, grid=ranking.grid)
                yield (mode, count), seen


def _scores(plain, ratios, curves):
    scores = {"accuracy": plain}
    for mode, values in curves.items():
        for ratio, value in zip(ratios, values):
            scores[f"{mode}_accuracy_at_{ratio:g}"] = value
        scores[f"{mode}_mean_accuracy"] = float(np.mean(values))
    return scores
