"""What the `weights` argument of a constructor may stand for."""

import os
import pathlib

import keras

from keras_attmask.applications.backbone_file import EXPECTED
from keras_attmask.applications.backbone_file import read_backbone
from keras_attmask.applications.checkpoint_file import is_checkpoint
from keras_attmask.applications.checkpoint_file import read_checkpoint
from keras_attmask.applications.classifier_file import read_classifier
from keras_attmask.applications.published import PUBLISHED
from keras_attmask.applications.published_file import cached
from keras_attmask.applications.published_file import check_published
from keras_attmask.applications.published_file import published
from keras_attmask.applications.published_file import unchanged
from keras_attmask.applications.run_recipe import recipe_file
from keras_attmask.applications.transfer import check_fits
from keras_attmask.applications.transfer import description
from keras_attmask.applications.weights_file import inspect_weights
from keras_attmask.applications.weights_file import load_weights_file
from keras_attmask.errors import InputError
from keras_attmask.export.precision import float32_twin
from keras_attmask.models import Classifier
from keras_attmask.models.backbone_of import backbone_of
from keras_attmask.models.preset_reader import preset_of
from keras_attmask.models.quantized import require_float


def check_weights(weights, title):
    """Refuses what is neither None, nor a known name, nor a path.

    Args:
        weights: what the user gave.
        title: of the constructor.

    Raises:
        InputError: saying what is expected.
    """
    if weights is None:
        return
    row = published(weights)
    if row is not None:
        check_published(row, title)
        return
    is_path = isinstance(weights, (str, os.PathLike))
    if not is_path or not os.path.exists(weights):
        raise InputError(
            f"weights: expected None, {EXPECTED} or of a model, or one of "
            f"{', '.join(PUBLISHED)}, got {weights!r}"
            + ", which does not exist"
            * is_path
        )


def load_pretrained(weights, architecture, image_shape):
    """Reads pretrained weights for one architecture.

    Args:
        weights: path that exists, or the name of a released checkpoint.
        architecture: `Architecture` that is wanted.
        image_shape: `(H, W, C)` that is wanted.

    Returns:
        `(backbone, classifier)`: a `VisionTransformer`, whose grid may
        be another, and the classifier's kernel and bias or None.

    Raises:
        InputError: for something that cannot be loaded, or the weights of
            another architecture.
    """
    row = published(weights)
    if row is not None:
        with unchanged(cached(row)):
            return _load_fitting(cached(row), architecture, image_shape)
    return _load_fitting(pathlib.Path(weights), architecture, image_shape)


def _load_fitting(path, architecture, image_shape):
    backbone, classifier = _load(path, architecture, image_shape)
    require_float(backbone)
    architecture = architecture.with_registers(backbone.num_registers)
    check_fits(
        description(architecture.settings(), image_shape[-1]),
        description(backbone.get_config(), backbone.image_shape[-1]),
        architecture.title,
        path,
    )
    return backbone, classifier


def _classifier_of(model, width):
    """Kernel and bias of what `include_top` puts on a class token."""
    if isinstance(model, Classifier):
        plain = (model.pooling, model.num_blocks) == ("token", 1)
        if not plain or model.activation != "softmax":
            return None  # a head of another kind
    for layer in model.layers:
        is_dense = isinstance(layer, keras.layers.Dense)
        if is_dense and layer.name == "predictions":
            kernel, bias = layer.get_weights()
            return [kernel, bias] if len(kernel) == width else None
    return None


def _load(path, architecture, image_shape):
    if is_checkpoint(path):
        return read_checkpoint(path, "weights", architecture.num_heads)
    if preset_of(path) or (path.is_file() and path.suffix == ".keras"):
        model = read_classifier(path, "weights")
        if model is None:
            return read_backbone(path, "weights"), None
        require_float(model)
        backbone = float32_twin(backbone_of(model))
        return backbone, _classifier_of(model, backbone.hidden_dim)
    if path.is_file() and path.name.endswith(".weights.h5"):
        explained = recipe_file(path).is_file()
        if not explained or inspect_weights(path).full_model:
            return load_weights_file(path, architecture, image_shape)
    return read_backbone(path, "weights"), None
