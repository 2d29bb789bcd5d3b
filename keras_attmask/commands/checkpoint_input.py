"""A checkpoint that the user names: a run of ours, or another library's."""

import json
import pathlib
import re

from absl import flags

from keras_attmask.errors import InputError

FORMATS = (
    "official",
    "backbone",
    "dino",
    "dinov2",
    "timm",
    "hf_vit",
    "hf_dinov2",
)
WHICH = ("teacher", "student", "both")


def define(values):
    """Adds the flags that tell what a checkpoint does not."""
    flags.DEFINE_string(
        "which",
        None,
        f"network of a full checkpoint: one of {', '.join(WHICH)}",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "num_heads",
        None,
        "attention heads, where neither configuration nor name tells",
        1,
        flag_values=values,
    )
    flags.DEFINE_string(
        "image_size",
        None,
        "HEIGHTxWIDTH that the positions belong to, where they are not a "
        "square",
        flag_values=values,
    )


def check(values, name, known):
    """The value of a flag that must be one of some words, or None."""
    value = values[name].value
    if value is not None and value not in known:
        raise InputError(
            f"--{name}: expected one of {', '.join(known)}, got {value!r}"
        )
    return value


def _image_size(values):
    text = values.image_size
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not found:
        raise InputError(f"--image_size: expected HEIGHTxWIDTH, got {text!r}")
    return int(found[1]), int(found[2])


def load(path, values, which, form=None, num_heads=None):
    """Loads a checkpoint.

    Args:
        path: whatever `convert.load_checkpoint` reads; or a run folder, a
            `.keras` or a `.weights.h5` file.
        values: parsed flags of `define`.
        which: network to load.
        form: format instead of the one that is found, or None.
        num_heads: attention heads, unless the flag says otherwise.

    Returns:
        `convert.Checkpoint`.

    Raises:
        InputError: when it cannot be loaded.
    """
    from keras_attmask.convert import load_checkpoint
    from keras_attmask.models.preset_reader import preset_of

    path = pathlib.Path(path)
    if preset_of(path):  # also in the run folder of a fine-tuning
        return _backbone(path)
    if (path / "recipe.json").is_file():
        return _run(path, which)
    if path.suffix == ".keras" or path.name.endswith(".weights.h5"):
        return _backbone(path)
    size = _image_size(values)
    heads = values.num_heads or num_heads
    return load_checkpoint(path, which, heads, size, form)


def _backbone(path):
    from keras_attmask.applications import load_backbone
    from keras_attmask.convert import Checkpoint
    from keras_attmask.convert import Network

    return Checkpoint("keras", {"teacher": Network(load_backbone(path))})


def _run(path, which):
    """Student and teacher of a run, with heads and centres."""
    from keras_attmask.training.checkpoints import Checkpoints

    saved = Checkpoints(path).newest()
    if saved is None:
        return _backbone(path)
    from keras import ops

    from keras_attmask import build
    from keras_attmask.convert import Checkpoint
    from keras_attmask.convert import Network
    from keras_attmask.recipe import make_recipe

    recipe = make_recipe(json.loads((path / "recipe.json").read_text("utf-8")))
    model = build.distiller(recipe, steps_per_epoch=1)
    model.optimizer.build(model.trainable_variables)  # it is in the file
    try:
        saved.load(model)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: expected the checkpoint of its recipe, got {reason}"
        ) from error
    wanted = ("teacher", "student") if which == "both" else (which,)
    networks = {
        name: Network(getattr(model, name), getattr(model, f"{name}_head"))
        for name in wanted
    }
    centers = {
        name: ops.convert_to_numpy(getattr(model, f"{name}_center").centre)
        for name in ("cls", "patch")
    }
    return Checkpoint("keras", networks, centers)
