"""How images are prepared for a backbone that the user names."""

import math

from absl import flags

from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.recipe import Recipe


def define(values):
    """Adds the flags that tell how images are prepared."""
    for name, text in (("mean", "means"), ("std", "standard deviations")):
        flags.DEFINE_list(
            name,
            None,
            f"{text} of the channels, from 0 to 1, with commas between; those "
            "of the run, or ImageNet's, by default",
            flag_values=values,
        )
    flags.DEFINE_float(
        "crop_ratio",
        None,
        "share of an image's side that is kept, from 0 to 1; that of the run, "
        "or 0.875, by default",
        0.0,
        1.0,
        flag_values=values,
    )


def preprocessing_of(values, backbone, path):
    """`Preprocessing` from flags, run folder or ImageNet's statistics.

    Args:
        values: parsed flags `mean`, `std` and `crop_ratio`.
        backbone: the loaded `VisionTransformer`.
        path: where it was loaded from.

    Raises:
        InputError: for statistics that do not fit the channels.
    """
    from keras_attmask.applications.run_recipe import known_preprocessing
    from keras_attmask.data import Preprocessing

    shape = backbone.image_shape
    chosen = {"crop_ratio": Recipe().evaluation.crop_ratio}
    known = known_preprocessing(path, shape, "BACKBONE")
    if known is not None:
        chosen |= known.get_config()
    for name in ("mean", "std"):
        given = values[name].value
        if given:
            chosen[name] = _numbers(name, given)
        count = len(chosen.get(name, Recipe().data.mean))
        if count != shape[-1]:
            raise InputError(
                f"--{name}: expected {shape[-1]} numbers, one a channel of "
                f"the backbone, got {count}"
            )
    if values.crop_ratio is not None:
        chosen["crop_ratio"] = values.crop_ratio
    with naming("--crop_ratio"):
        return Preprocessing(**{**chosen, "image_shape": shape})


def _numbers(name, words):
    given = ",".join(words)
    try:
        numbers = [float(word) for word in words]
    except ValueError as error:
        raise InputError(
            f"--{name}: expected numbers with commas between, got {given!r}"
        ) from error
    least = 0 if name == "std" else -math.inf
    if not all(least < number < math.inf for number in numbers):
        above = " above 0" if name == "std" else ""
        raise InputError(
            f"--{name}: expected finite numbers{above}, got {given!r}"
        )
    return numbers
