"""From a recipe of fine-tuning to parts."""

import dataclasses

import numpy as np

from keras_attmask import build
from keras_attmask.applications.backbone_file import read_backbone
from keras_attmask.applications.run_recipe import known_preprocessing
from keras_attmask.applications.transfer import copy_weights
from keras_attmask.augmentation import Augmentation
from keras_attmask.augmentation_settings import AugmentationSettings
from keras_attmask.data import ArraySource
from keras_attmask.data import MultiCropViews
from keras_attmask.data import hold_out
from keras_attmask.data import open_source
from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer
from keras_attmask.models.quantized import require_float
from keras_attmask.schedules import WarmupCosine
from keras_attmask.seeding import seed_all
from keras_attmask.tasks import ACTIVATIONS
from keras_attmask.training import AdamW
from keras_attmask.training import Finetuner
from keras_attmask.training import layer_decay
from keras_attmask.view_law import ViewLaw

_WEIGHTS = "recipe.backbone.weights"


def training_source(recipe, channels, unreadable):
    """Opens the training images.

    Args:
        recipe: a `FinetuneRecipe`.
        channels: that the backbone expects.
        unreadable: `data.Unreadable`, for images that are read now.
    """
    source = build.opened(recipe.data, "train", unreadable)
    return _with_channels(source, channels)


def _with_channels(source, channels):
    """Grey pictures in memory, repeated for a backbone that wants colours."""
    images = getattr(source, "images", None)
    if images is None or images.shape[-1] != 1 or channels == 1:
        return source
    return ArraySource(
        np.repeat(images, channels, axis=-1),
        source.labels,
        source.class_names,
        source.name,
        source.targets,
    )


def with_validation(recipe, source):
    """Opens the validation images, or keeps some of the others for it.

    Args:
        recipe: a `FinetuneRecipe`.
        source: of `training_source`.

    Returns:
        `(training, validation)`, the latter None where there are none.
    """
    part = recipe.data
    if part.validation:
        with naming("recipe.data.validation"):
            limit = part.validation_limit or None
            return source, open_source(part.validation, limit=limit)
    if not part.hold_out:
        return source, None
    with naming("recipe.data.hold_out"):
        return hold_out(source, part.hold_out, recipe.training.seed)


def backbone(recipe):
    """The network to begin with, at the size and in the type of the recipe.

    Args:
        recipe: a `FinetuneRecipe`.

    Raises:
        InputError: for weights or an image size that cannot be used.
    """
    part = recipe.backbone
    found = read_backbone(part.weights, _WEIGHTS, part.num_heads or None)
    with naming(_WEIGHTS):
        require_float(found)
    height, width, channels = found.image_shape
    side = part.image_size or height
    if height != width and not part.image_size:
        raise InputError(
            f"recipe.backbone.image_size: expected a side in pixels for "
            f"weights of {height}x{width} pixels, got 0"
        )
    if side % found.patch_size:
        raise InputError(
            f"recipe.backbone.image_size: expected a multiple of the patch, "
            f"{found.patch_size}, got {side}"
        )
    seed_all(recipe.training.seed)
    made = VisionTransformer.from_config(
        {
            **found.get_config(),
            "image_shape": (side, side, channels),
            "stochastic_depth_rate": (
                0.0 if part.frozen else part.stochastic_depth_rate
            ),
            "use_mask_token": False,
            "remat": part.remat,
            "name": "backbone",
            "dtype": build.dtype_policy(recipe),
        }
    )
    if part.pretrained:
        copy_weights(found, made)
    made.trainable = not part.frozen
    return made


def preprocessing(recipe, image_shape):
    """How images are prepared when nothing is drawn.

    Args:
        recipe: a `FinetuneRecipe`.
        image_shape: `(H, W, C)` of the backbone.

    Raises:
        InputError: where mean and deviation fit other channels, or nothing
            tells them.
    """
    part, channels = recipe.data, image_shape[-1]
    found = known_preprocessing(recipe.backbone.weights, image_shape, _WEIGHTS)
    given = {}
    if part.mean:
        given = {"mean": part.mean, "std": part.std}
    if len(part.mean or (found and found.mean) or ()) != channels:
        raise InputError(
            f"recipe.data.mean: expected {channels} numbers, one a channel of "
            f"the backbone, got {part.mean or 'none'}"
        )
    if part.crop_ratio:
        given["crop_ratio"] = part.crop_ratio
    if found is None:
        return build.Preprocessing(image_shape, **given)
    return dataclasses.replace(found, **given)


def classifier(recipe, network, targets):
    """The backbone with a fresh head for some targets.

    Args:
        recipe: a `FinetuneRecipe`.
        network: of `backbone`.
        targets: `data.Targets` of the training images.
    """
    part, task = recipe.backbone, recipe.objective.task
    offset = scale = None
    if task == "regression":
        offset, spread = targets.values.mean(0), targets.values.std(0)
        scale = np.where(spread > 0, spread, 1.0).tolist()
        offset = offset.tolist()
    with naming("recipe.backbone.num_blocks"):
        return Classifier(
            network,
            targets.names,
            part.pooling,
            part.num_blocks,
            ACTIVATIONS[task],
            offset,
            scale,
            name="classifier",
        )


def finished(model):
    """Another of a classifier's kind, as users want it: to be filled.

    In float32, trainable, and without what training alone asked for.

    Args:
        model: of `classifier`.
    """
    network = model.backbone
    changes = {"stochastic_depth_rate": 0.0, "remat": False}
    changes |= {"name": "backbone", "dtype": "float32", "trainable": True}
    config = {**network.get_config(), **changes}
    own = VisionTransformer.from_config(config)
    config = {**model.get_config(), "backbone": own, "dtype": "float32"}
    return Classifier.from_config({**config, "trainable": True})


def learned(model, targets):
    """What the linear layer is to give, of what the model is."""
    if model.scale is None:
        return targets.values
    values = (targets.values - np.array(model.offset)) / np.array(model.scale)
    return values.astype("float32")


def view_law(recipe, image_shape):
    """How training images are cut, their pixels left from 0 to 255."""
    part, (side, _, channels) = recipe.augmentation, image_shape
    return ViewLaw(
        global_crops=1,
        local_crops=0,
        global_size=side,
        global_scale=part.crop_scale,
        flip_probability=part.flip_probability,
        jitter_probability=part.jitter_probability,
        jitter=part.jitter,
        grey_probability=0.0,
        blur_probability=(0.0, 0.0, 0.0),
        solarize_probability=(0.0, 0.0, 0.0),
        mean=(0.0,) * channels,
        std=(1 / 255,) * channels,
    )


def learning_rate(recipe, steps):
    """Its schedule; here epochs become steps."""
    part = recipe.optimizer
    return WarmupCosine(
        part.learning_rate * recipe.training.batch_size / 256,
        part.final_learning_rate,
        recipe.training.epochs * steps,
        round(part.warmup_epochs * steps),
    )


def _augmentation(recipe, prepare):
    names = [field.name for field in dataclasses.fields(AugmentationSettings)]
    settings = {name: getattr(recipe.augmentation, name) for name in names}
    return Augmentation(
        AugmentationSettings(**settings), prepare.mean, prepare.std
    )


def finetuner(recipe, model, prepare, steps, devices):
    """A compiled `Finetuner` that follows the recipe.

    Args:
        recipe: a `FinetuneRecipe`.
        model: of `classifier`.
        prepare: of `preprocessing`.
        steps: an epoch.
        devices: that will train it; call this in their `scope`.
    """
    part, training = recipe.optimizer, recipe.training
    trainer = Finetuner(
        model,
        MultiCropViews(view_law(recipe, model.image_shape)),
        _augmentation(recipe, prepare),
        recipe.objective.task,
        recipe.objective.label_smoothing,
        training.ema,
        training.accumulation,
        training.seed,
        dtype=build.dtype_policy(recipe),
    )
    scales = None
    if not recipe.backbone.frozen and part.layer_decay < 1:
        scales = layer_decay(model.backbone, part.layer_decay)
    trainer.compile(
        AdamW(
            learning_rate(recipe, steps),
            part.weight_decay,
            clip_norm=part.clip_norm or None,
            rate_scales=scales,
        ),
        jit_compile=build.jit_compile(recipe, devices),
    )
    return trainer
