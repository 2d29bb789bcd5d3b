"""How images are prepared for a backbone that the user names."""

import json
import pathlib

from absl import flags

from keras_attmask.errors import InputError
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


def _recorded(path):
    """Mean, deviation and crop ratio of a run folder; else the defaults."""
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    file = folder / "recipe.json"
    record = Recipe().to_dict()
    if file.is_file():
        record = json.loads(file.read_text("utf-8"))
    data = record["data"]
    return {
        "mean": data["mean"],
        "std": data["std"],
        "crop_ratio": record["evaluation"]["crop_ratio"],
    }


def preprocessing_of(values, backbone, path):
    """`Preprocessing` from flags, run folder or ImageNet's statistics.

    Args:
        values: parsed flags `mean`, `std` and `crop_ratio`.
        backbone: the loaded `VisionTransformer`.
        path: where it was loaded from.

    Raises:
        InputError: for statistics that do not fit the channels.
    """
    from keras_attmask.data import Preprocessing  # loads the framework

    chosen = _recorded(path)
    for name in ("mean", "std"):
        given = values[name].value
        if given:
            chosen[name] = _numbers(name, given)
        channels = backbone.image_shape[-1]
        if len(chosen[name]) != channels:
            raise InputError(
                f"--{name}: expected {channels} numbers, one a channel of "
                f"the backbone, got {len(chosen[name])}"
            )
    if values.crop_ratio is not None:
        chosen["crop_ratio"] = values.crop_ratio
    return Preprocessing(
        backbone.image_shape,
        tuple(chosen["mean"]),
        tuple(chosen["std"]),
        chosen["crop_ratio"],
    )


def _numbers(name, words):
    try:
        return [float(word) for word in words]
    except ValueError as error:
        raise InputError(
            f"--{name}: expected numbers with commas between, got "
            f"{','.join(words)!r}"
        ) from error
