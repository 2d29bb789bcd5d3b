"""What chance decides about each view, apart from any pixel.

Every draw is a function of the view's key, so whoever has the key (the
device, a thread of the host, a picture that shows what was drawn) finds the
same.
"""

import numpy as np
from keras import ops

from keras_attmask import counter_random
from keras_attmask.data import crop_law
from keras_attmask.once import once

# Numbers of the independent draws that are made from one view's key.
CROP, FLIP, JITTER, GREY, BLUR, SOLARIZE, MODEL = range(7)
_ORDER = 8  # draws of the jitter: four factors, then four for the order


def view_keys(key, first, count):
    """Keys of views `first` to `first + count` of every image, view by view.

    Args:
        key: int32 `(B,)`, one an image.
        first: number of the first view.
        count: how many views.

    Returns:
        int32 `(count * B,)`.
    """
    number = np.arange(first, first + count).reshape(-1, 1)
    keys = counter_random.fold_in(ops.expand_dims(key, 0), number)
    return ops.reshape(keys, (-1,))


def cut_numbers(keys, ops=ops):
    """What chance decides about crops and mirrors, whatever the image's size.

    Args:
        keys: int32 `(...)`, one a view.
        ops: `keras.ops`, or `numpy` for work on the host.

    Returns:
        `(float32 (..., 4, 10), float32 (...))`, for `cuts_of`.
    """
    crop_keys = counter_random.fold_in(keys, CROP, ops)
    flip_keys = counter_random.fold_in(keys, FLIP, ops)
    return (
        crop_law.crop_numbers(crop_keys, ops),
        counter_random.uniform(flip_keys, ops=ops),
    )


def cuts_of(numbers, height, width, scale, flip_probability=0.5, ops=ops):
    """The crops and mirrors that numbers mean on an image of some size.

    Args:
        numbers: see `cut_numbers`.
        height: of the image in pixels.
        width: likewise.
        scale: `(low, high)`, see `crop_law.crop_of`.
        flip_probability: of a left-right mirror.
        ops: `keras.ops`, or `numpy` for work on the host.

    Returns:
        float32 boxes `(..., 4)`: top, left, height, width; bool `(...)`.
    """
    crops, flips = numbers
    boxes = crop_law.crop_of(crops, height, width, scale, ops=ops)
    return boxes, flips < flip_probability


def draw_geometry(law, keys, height, width, scale):
    """Draws crops and mirrors on the device.

    Args:
        law: a `ViewLaw`.
        keys: int32 `(V,)`, one a view.
        height: of all images in pixels.
        width: likewise.
        scale: `(low, high)` share of the area.

    Returns:
        float32 boxes `(V, 4)`: top, left, height, width; bool `(V,)`.
    """
    numbers = cut_numbers(keys)
    cuts = cuts_of(numbers, height, width, scale, law.flip_probability)
    return tuple(once(part) for part in cuts)


def _happens(keys, number, probabilities):
    """Yes or no for each view; `probabilities` has one a view number."""
    u = counter_random.uniform(counter_random.fold_in(keys, number))
    u = ops.reshape(u, (len(probabilities), -1))
    limit = np.asarray(probabilities, "float32").reshape(-1, 1)
    return ops.reshape(ops.less(u, limit), (-1,))


def _jitter(law, keys, count):
    happens = _happens(keys, JITTER, [law.jitter_probability] * count)
    key = counter_random.fold_in(keys, JITTER)
    u = counter_random.uniform(counter_random.draws(key, _ORDER))
    strength = ops.convert_to_tensor(law.jitter, dtype="float32")
    centre = ops.convert_to_tensor([1.0, 1.0, 1.0, 0.0], dtype="float32")
    factors = centre + strength * (2.0 * u[:, :4] - 1.0)
    factors = ops.where(ops.expand_dims(happens, -1), factors, centre)
    order = ops.cast(ops.argsort(u[:, 4:], axis=-1), "int32")
    return {"jitter_order": order, "jitter_factors": factors}


def _blur_sigma(law, keys, probabilities):
    low, high = law.blur_sigma
    happens = _happens(keys, BLUR, probabilities)
    key = counter_random.fold_in(counter_random.fold_in(keys, BLUR), 1)
    sigma = counter_random.uniform(key, low, high)
    return ops.where(happens, sigma, 0.0)


def draw_colours(law, keys, first, count, channels=3):
    """What happens to the colours of views `first` to `first + count`.

    Args:
        law: a `ViewLaw`.
        keys: int32 `(V,)`, of `view_keys` with the same numbers.
        first: number of the first view.
        count: how many views an image.
        channels: of the images; what needs colours is drawn for three only.

    Returns:
        A dict with what the law lets happen at all: "jitter_order" int32
        `(V, 4)` and "jitter_factors" float32 `(V, 4)` as
        `photometric.color_jitter` takes them; "grey" bool `(V,)`; "sigma"
        float32 `(V,)`, 0 without blur; "solarize" bool `(V,)`.
    """
    drawn = {}
    if law.jitter_probability and any(law.jitter):
        drawn.update(_jitter(law, keys, count))
    if law.grey_probability and channels == 3:
        drawn["grey"] = _happens(keys, GREY, [law.grey_probability] * count)
    blur = law.of_views(law.blur_probability, first, count)
    if any(blur) and law.blur_sigma[1] > 0:
        drawn["sigma"] = _blur_sigma(law, keys, blur)
    invert = law.of_views(law.solarize_probability, first, count)
    if any(invert):
        drawn["solarize"] = _happens(keys, SOLARIZE, invert)
    return {name: once(values) for name, values in drawn.items()}
