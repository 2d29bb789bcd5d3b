"""Whether the class token of the last block attends to the things.

The Jaccard index of the most attended patches is how DINO, arXiv 2104.14294,
measures it on PASCAL VOC; CorLoc is the measure of unsupervised object
discovery, for instance of LOST, arXiv 2109.14279.
"""

import os

import numpy as np

from keras_attmask.data.layouts.masked_images import masked_things
from keras_attmask.errors import InputError
from keras_attmask.evaluation.attention.found import Finder
from keras_attmask.evaluation.attention.overlap import kept_mass
from keras_attmask.evaluation.attention.things import things_of
from keras_attmask.evaluation.class_attention import ClassAttentionHeads
from keras_attmask.evaluation.patch_labels import patch_grid
from keras_attmask.evaluation.prepared_pixels import prepared_pixels
from keras_attmask.evaluation.prepared_pixels import spread_indices
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.record import recorded
from keras_attmask.visualize import AttentionRow
from keras_attmask.visualize import attention_sheet

_IGNORED = 255


def _looked_at(reader, part, ignored):
    """Yields `(index, attention (heads, N), things)` of each image."""
    for heads, place in reader.batches(ClassAttentionHeads, part.source):
        heads = np.asarray(heads, "float64")
        if not np.isfinite(heads).all():
            raise InputError(
                "backbone: expected finite attention, got NaN or infinity"
            )
        for index, own in zip(range(place.start, place.stop), heads):
            yield index, own, things_of(part, index, reader, ignored)


def _means(rows):
    """Mean of each number over the images that have it."""
    names = {name: None for row in rows for name in row}  # in order
    return {
        name: float(np.mean([row[name] for row in rows if name in row]))
        for name in names
    }


def attention(
    backbone,
    data,
    preprocessing=None,
    mass=0.6,
    ignored=_IGNORED,
    batch_size=256,
    limit=None,
    output=None,
):
    """How well class attention finds things, without any training.

    Of the patches the most attended are kept, until they have a share of the
    attention; this is compared with masks and boxes, at the size of the
    backbone's images. Nothing is learnt.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: VOCdevkit, a folder of `data.layouts.image_masks` (of two
            parts the test), or an object with `source`, images by index,
            `masks`, by index integers `(h, w)`, 0 for ground, and perhaps
            `boxes`, by index `(m, 4)`; `data.Scenes`, for one. Without boxes
            each connected region of a label has one.
        preprocessing: `data.Preprocessing`, see `Reader`. Its `image_shape`
            may be another than the backbone's.
        mass: the share of the attention that is kept.
        ignored: label of pixels that do not count.
        batch_size: images a step of the backbone.
        limit: use the first so many images; None uses all.
        output: folder for `attention.json` and a picture of some images,
            `attention.png`; None writes nothing.

    Returns:
        A dict of means over the images that show a thing:

        - "jaccard": pixels of things that are kept over those of things or
          kept, by the mean attention of the heads; "jaccard_head_1" and so
          on by each head.
        - "jaccard_best_head": by the head that is best on each image;
          "jaccard_objects": by the one that is best for each thing (label of
          a mask), mean over the things of an image. Who chooses them has
          seen the truth.
        - "auc": area under the ROC curve of the pixels' mean attention.
        - "corloc": share of images where the box around the most attended
          patch, and the kept ones connected with it, has an IoU above 0.5
          with the box of any thing.
        - "..._baseline": the same of a bump in the middle of every image,
          and "jaccard_everything" of keeping every patch. Attention that is
          worth something is above both.
        - "images": how many images that are.

        What no image can tell, such as the AUC without ground, is left out.

    Raises:
        InputError: masks that do not fit their images, sides that the patch
            does not divide, a mass that is no share, or no thing at all.

    Example:
        >>> attention(backbone, make_scenes("test", 100, (28, 28)))["auc"]
        0.7
    """
    if not 0 < mass <= 1:
        raise InputError(f"mass: expected above 0 and at most 1, got {mass!r}")
    reader = Reader.of(backbone, preprocessing, batch_size)
    grid = patch_grid(reader)
    part = masked_things(data, limit)
    finder = Finder(grid, reader.backbone.patch_size, mass)
    chosen = spread_indices(len(part)) if output else ()
    rows, shown = [], {}
    for index, heads, things in _looked_at(reader, part, ignored):
        scores = {}
        if things.inside.any():
            scores = finder.scores(heads, things)
            rows.append(scores)
        if index in chosen:
            shown[index] = heads, things, scores
    if not rows:
        raise InputError(
            "data: expected masks with labels above 0 that count, got none"
        )
    if output:
        _draw(part, reader, finder, shown, output)
    scores = {**_means(rows), "images": len(rows)}
    return recorded(scores, output, "attention")


def _draw(part, reader, finder, shown, output):
    """Writes attention.png."""
    source = part.source.take(list(shown))
    images = prepared_pixels(source, reader.preprocessing)
    rows = [
        AttentionRow(
            image,
            heads.mean(axis=0),
            kept_mass(heads.mean(axis=0), finder.mass),
            things.pixels,
            things.boxes,
            finder.box(heads.mean(axis=0)),
            _caption(scores),
        )
        for image, (heads, things, scores) in zip(images, shown.values())
    ]
    target = os.path.join(output, "attention.png")
    attention_sheet(rows, finder.grid, target)


def _caption(scores):
    """What stands beside a row of the picture."""
    words = {"jaccard": "Jaccard", "auc": "AUC"}
    lines = [f"{words[n]} {scores[n]:.2f}" for n in words if n in scores]
    if "corloc" in scores:
        lines.append("found" if scores["corloc"] else "not found")
    return "\n".join(lines or ["nothing there"])
