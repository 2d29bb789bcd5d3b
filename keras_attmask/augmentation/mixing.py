"""MixUp and CutMix, for each image of a batch by itself.

MixUp (arXiv 1710.09412) blends two images, CutMix (arXiv 1905.04899) puts a
box of one into the other; labels are blended by what is seen of each. The
law is that of timm's `Mixup` in mode "elem"; the partner is the image one
row earlier, the last one for the first.
"""

from keras import ops

from keras_attmask import counter_random
from keras_attmask.augmentation.beta import symmetric_beta
from keras_attmask.augmentation.boxes import inside
from keras_attmask.once import once

# Numbers of the independent draws that are made from one image's key.
_HAPPENS, _SWITCH, _SHARE, _DOWN, _ACROSS = range(5)


def _cut(keys, share, height, width):
    """Boxes `(B, 4)` of which the image's border may cut off a part."""
    side = ops.sqrt(1.0 - share)
    spans = []
    for number, size in ((_DOWN, height), (_ACROSS, width)):
        key = counter_random.fold_in(keys, number)
        centre = ops.floor(counter_random.uniform(key) * size)
        half = ops.floor(0.5 * ops.floor(side * size))
        start = ops.clip(centre - half, 0.0, size)
        spans.append((start, ops.clip(centre + half, 0.0, size) - start))
    (top, rows), (left, columns) = spans
    return ops.stack([top, left, rows, columns], axis=-1)


def draw_mixing(keys, settings, height, width):
    """Draws how each image meets its partner.

    Args:
        keys: int32 `(B,)`, one an image.
        settings: `AugmentationSettings`.
        height: of the images in pixels.
        width: likewise.

    Returns:
        A dict: "share" float32 `(B,)`, what an image keeps of itself and of
        its label; "boxes" float32 `(B, 4)`, top, left, height and width of
        what CutMix takes from the partner, zeros where there is no CutMix.
    """

    def uniform(number):
        return counter_random.uniform(counter_random.fold_in(keys, number))

    happens = uniform(_HAPPENS) < settings.mix_probability
    u = uniform(_SHARE)
    share, boxes = ops.ones_like(u), ops.stack([ops.zeros_like(u)] * 4, -1)
    if settings.mixup:
        share = symmetric_beta(u, settings.mixup)
    if settings.cutmix:
        cuts = uniform(_SWITCH) < settings.cutmix_share
        wanted = symmetric_beta(u, settings.cutmix)
        boxes = _cut(keys, wanted, height, width)
        chosen = ops.logical_and(happens, cuts)
        boxes = ops.where(chosen[:, None], boxes, 0.0)
        # The border may have cut something off: the area counts.
        area = boxes[:, 2] * boxes[:, 3] / float(height * width)
        share = ops.where(cuts, 1.0 - area, share)
    share = ops.where(happens, share, 1.0)
    return {"share": once(share), "boxes": once(boxes)}


def mix(images, targets, share, boxes):
    """Does to images and labels what was drawn for them.

    Args:
        images: float32 `(B, H, W, C)`.
        targets: float32 `(B, K)`, a distribution over classes each.
        share: see `draw_mixing`.
        boxes: likewise.

    Returns:
        Images and targets of the same shapes.
    """
    height, width = images.shape[1:3]
    # An image with a box shows itself whole around it.
    cut = boxes[:, 2] * boxes[:, 3] > 0
    around = ops.reshape(ops.where(cut, 1.0, share), (-1, 1, 1, 1))
    weight = ops.where(inside(boxes, height, width), 0.0, around)
    images = images * weight + ops.roll(images, 1, axis=0) * (1.0 - weight)
    share = ops.expand_dims(share, -1)
    targets = targets * share + ops.roll(targets, 1, axis=0) * (1.0 - share)
    return images, targets
