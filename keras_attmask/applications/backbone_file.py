"""A pretrained backbone from wherever a user has it."""

import os
import pathlib

import keras

from keras_attmask import build
from keras_attmask.applications.checkpoint_file import is_checkpoint
from keras_attmask.applications.checkpoint_file import read_checkpoint
from keras_attmask.applications.published import PUBLISHED
from keras_attmask.applications.published_file import cached
from keras_attmask.applications.published_file import check_cached
from keras_attmask.applications.published_file import published
from keras_attmask.applications.published_file import unchanged
from keras_attmask.applications.run_recipe import known_preprocessing
from keras_attmask.applications.run_recipe import read_recipe
from keras_attmask.applications.unreadable import unreadable
from keras_attmask.errors import InputError
from keras_attmask.export.precision import float32_twin
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.models.preset_reader import preset_of
from keras_attmask.models.preset_reader import read_preset

EXPECTED = (
    "a run folder, a preset, a .keras file, a checkpoint that `attmask "
    "convert` reads, the .weights.h5 file of a run"
)


def load_backbone(path, num_heads=None):
    """Loads a pretrained backbone, ours or another library's.

    Args:
        path: a run folder, its `backbone.weights.h5`, a folder that
            `save_to_preset` wrote, a `.keras` file of a `VisionTransformer`
            or of a model that stands on one, as those of
            `keras_attmask.applications` do, what `convert` reads: `.pth`,
            `.pt`, `.safetensors`, a folder of transformers; or the name of a
            released checkpoint, see `applications.published`.
        num_heads: attention heads, where the last kind does not tell.

    Returns:
        A `VisionTransformer` with pretrained weights, in float32. Its
        `preprocessing` is that of its run or preset, else ImageNet's; None
        where nothing is known of so many channels.

    Raises:
        InputError: when there is nothing there that can be loaded.

    Example:
        >>> backbone = load_backbone("runs/quickstart-20261124-120000")
        >>> tokens = backbone(images)["class_token"]
    """
    backbone = read_backbone(path, "backbone", num_heads)
    backbone.preprocessing = known_preprocessing(
        path, backbone.image_shape, "backbone"
    )
    return backbone


def read_backbone(path, argument, num_heads=None):
    """`load_backbone`, whose errors call the path by an argument's name."""
    row = published(path)
    if row is not None:
        check_cached(row, argument)
        with unchanged(cached(row), argument):
            return read_backbone(cached(row), argument, row.num_heads)
    path = pathlib.Path(path)
    if path.exists() and is_checkpoint(path):
        backbone, _ = read_checkpoint(path, argument, num_heads)
        return float32_twin(backbone)
    if preset_of(path):
        return float32_twin(read_preset(preset_of(path), argument))
    if path.is_dir():
        path = path / "backbone.weights.h5"
    if not path.is_file():
        raise InputError(
            f"{argument}: expected {EXPECTED} or one of "
            f"{', '.join(PUBLISHED)}, got {os.fspath(path)!r}, which does not "
            "exist"
        )
    if path.name.endswith(".weights.h5"):
        return _from_run(path, argument)
    if path.suffix == ".keras":
        return float32_twin(backbone_of(read_keras_file(path, argument)))
    raise InputError(f"{argument}: expected {EXPECTED}, got {str(path)!r}")


def _from_run(path, argument):
    backbone = build.backbone(
        read_recipe(path, argument),
        stochastic_depth_rate=0.0,
        name="backbone",
        dtype="float32",
    )
    return load_weights(backbone, path, argument)


def load_weights(model, path, argument):
    """`model.load_weights`, with an error of one line.

    Args:
        model: `keras.Model`.
        path: of a `.weights.h5` file.
        argument: what an error should call it.

    Returns:
        `model`.

    Raises:
        InputError: for a file that is broken or of another model.
    """
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise unreadable(path, argument, error) from error
    return model


def read_keras_file(path, argument):
    """The model in a `.keras` file, one that has a backbone.

    Args:
        path: of the file.
        argument: what an error should call it.

    Returns:
        `keras.Model`.

    Raises:
        InputError: for a file that is broken or holds another network.
    """
    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(path, argument, error) from error
    if backbone_of(model) is None:
        raise InputError(
            f"{argument}: expected a VisionTransformer in {str(path)!r}, got "
            f"{type(model).__name__}"
        )
    return model
