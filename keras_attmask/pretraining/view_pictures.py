"""What the views of a recipe look like, and what was drawn for each."""

import numpy as np
from keras import ops

from keras_attmask import build
from keras_attmask import counter_random
from keras_attmask.data import ArraySource
from keras_attmask.data import readable
from keras_attmask.data.photo_views import enough_pixels
from keras_attmask.data.resample import crop_and_resize
from keras_attmask.data.view_draws import cut_numbers
from keras_attmask.data.view_draws import cuts_of
from keras_attmask.data.view_draws import view_keys
from keras_attmask.data.views import coloured
from keras_attmask.one_program import as_one
from keras_attmask.visualize import view_sheet

_ROWS, _SHOWN = 6, 4
_STEPS = "bcsh"  # brightness, contrast, saturation, hue


def _geometry_text(box, flip, height, width):
    _, _, box_height, box_width = box
    share = box_height * box_width / (height * width)
    mirrored = ", mirrored" if flip else ""
    return f"{share:.0%} of area, {box_width / box_height:.2f}:1{mirrored}"


def _colour_texts(drawn, number):
    """Lines about the colours of one view."""
    if "jitter_factors" in drawn:
        factors = drawn["jitter_factors"][number]
        if (factors != [1.0, 1.0, 1.0, 0.0]).any():
            yield " ".join(
                f"{_STEPS[step]}{factors[step]:+.2f}"
                if step == 3
                else f"{_STEPS[step]}{factors[step]:.2f}"
                for step in drawn["jitter_order"][number]
            )
    happened = []
    if "grey" in drawn and drawn["grey"][number]:
        happened.append("grey")
    if "sigma" in drawn and drawn["sigma"][number] > 0:
        happened.append(f"blur {drawn['sigma'][number]:.1f}")
    if "solarize" in drawn and drawn["solarize"][number]:
        happened.append("solarised")
    yield ", ".join(happened)


def _views_of_kind(image, law, key, kind):
    """Views and captions of one image, global or local ones."""
    height, width = image.shape[:2]
    count, size = min(kind.count, _SHOWN), (kind.size, kind.size)
    keys = ops.convert_to_numpy(view_keys(key, kind.first, count))
    boxes, flips = cuts_of(
        cut_numbers(keys, np),
        height,
        width,
        kind.scale,
        law.flip_probability,
        np,
    )
    repeated = np.repeat(image[None], count, axis=0)
    pixels = as_one(crop_and_resize, repeated, boxes, size=size, flip=flips)
    views, drawn = as_one(
        coloured, pixels, keys, law=law, first=kind.first, count=count
    )
    views = ops.convert_to_numpy(views)
    drawn = {n: ops.convert_to_numpy(value) for n, value in drawn.items()}
    captions = [
        "\n".join(
            [
                _geometry_text(boxes[n], flips[n], height, width),
                *_colour_texts(drawn, n),
            ]
        )
        for n in range(count)
    ]
    return list(views), captions


def views_of(image, law, key):
    """The views of one image as a run draws them, before normalisation.

    Args:
        image: uint8 `(h, w, C)`.
        law: a `ViewLaw`.
        key: int32 `(1,)`, the image's at some step.

    Returns:
        A list of float arrays `(S, S, C)` from 0 to 1, global views first
        and then a few local ones, and a list of texts that tell what was
        drawn.
    """
    views, captions = [], []
    for kind in law.kinds.values():
        made = _views_of_kind(image, law, key, kind)
        views += made[0]
        captions += made[1]
    return views, captions


def draw_views(recipe, source, target):
    """Writes a contact sheet of augmented views as a PNG.

    Args:
        recipe: a `Recipe`.
        source: images to draw, see `data.open_source`.
        target: path of the PNG.
    """
    law = build.view_law(recipe)
    read = _reader(source, law, recipe.data.channels)
    count = min(_ROWS, len(source))
    images, views, captions = [], [], []
    for index in np.linspace(0, len(source) - 1, count).astype(int):
        image = readable(read, index, len(source))
        key = counter_random.fold_in(
            recipe.training.seed, np.array([index]), np
        )
        own, texts = views_of(image, law, key)
        images.append(image)
        views.append(own)
        captions.append(texts)
    view_sheet(images, views, captions, target)


def _reader(source, law, channels):
    """A function that reads an image as a run does."""
    if isinstance(source, ArraySource):
        return source.read

    def read(index):
        image = source.open(index, enough=enough_pixels(law))
        if channels == 1:
            return np.asarray(image.convert("L"))[..., None]
        return np.asarray(image)

    return read
