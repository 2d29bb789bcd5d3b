"""Maps of several scales from the one scale of a Vision Transformer."""

import functools
import numbers

import keras

from keras_attmask.errors import InputError
from keras_attmask.models.patch_map import PatchMap
from keras_attmask.models.vision_transformer import VisionTransformer

# Sides of a level's map over those of the patch grid.
SCALES = {"P2": 4.0, "P3": 2.0, "P4": 1.0, "P5": 0.5}
_NORM_EPSILON = 1e-6


def _check(backbone, levels, width):
    if not isinstance(backbone, VisionTransformer):
        raise InputError(
            "backbone: expected a VisionTransformer, got "
            f"{type(backbone).__name__}; of a model that stands on one, "
            'give model.get_layer("backbone")'
        )
    known = ", ".join(SCALES)
    if isinstance(levels, str) or not levels or len({*levels}) < len(levels):
        raise InputError(
            f"levels: expected some of {known}, each once, got {levels!r}"
        )
    for level in levels:
        if level not in SCALES:
            raise InputError(f"levels: expected some of {known}, got {level!r}")
    if not isinstance(width, numbers.Integral) or width < 1:
        raise InputError(f"width: expected 1 or more, got {width!r}")


def _resize(x, level, dtype):
    """The patch map at the scale of a level."""
    dim, name = x.shape[-1], level.lower()
    double = functools.partial(
        keras.layers.Conv2DTranspose, kernel_size=2, strides=2, dtype=dtype
    )
    if level == "P3":
        return double(max(dim // 2, 1), name=f"{name}_double")(x)
    if level == "P2":
        x = double(max(dim // 2, 1), name=f"{name}_double_1")(x)
        x = _norm(f"{name}_double_norm", dtype)(x)
        x = keras.layers.Activation(
            "gelu", name=f"{name}_double_gelu", dtype=dtype
        )(x)
        return double(max(dim // 4, 1), name=f"{name}_double_2")(x)
    if level == "P5":  # "same": an odd row of patches is not lost
        pool = keras.layers.MaxPooling2D(
            2, padding="same", name=f"{name}_pool", dtype=dtype
        )
        return pool(x)
    return x


def _norm(name, dtype):
    return keras.layers.LayerNormalization(
        epsilon=_NORM_EPSILON, name=name, dtype=dtype
    )


def _level(x, level, width, dtype):
    """One map of the pyramid; its last layer has the level's name."""
    x, name = _resize(x, level, dtype), level.lower()
    convolution = functools.partial(
        keras.layers.Conv2D, width, padding="same", use_bias=False, dtype=dtype
    )
    x = convolution(1, name=f"{name}_1x1")(x)
    x = _norm(f"{name}_1x1_norm", dtype)(x)
    x = convolution(3, name=f"{name}_3x3")(x)
    return _norm(level, dtype)(x)


@keras.saving.register_keras_serializable(package="keras_attmask")
class FeaturePyramid(keras.Model):
    """The model that `feature_pyramid` makes; arguments are those.

    A functional model that comes back from its config and from a file, with
    what KerasCV asks of a backbone: `pyramid_level_inputs`.
    """

    def __init__(self, backbone, levels, width, name, trainable=True):
        levels = list(levels)
        channels = backbone.image_shape[-1]
        images = keras.Input((None, None, channels), name="images")
        patches = PatchMap(
            backbone, name="patch_map", dtype=backbone.dtype_policy
        )(images)
        maps = {
            level: _level(patches, level, width, backbone.dtype_policy)
            for level in levels
        }
        super().__init__(images, maps, name=name, trainable=trainable)
        self.levels = levels
        self.width = width

    @property
    def backbone(self):
        """The `VisionTransformer` that it stands on."""
        return self.get_layer("patch_map").backbone

    @property
    def strides(self):
        """Pixels from one place of a level's map to the next, by level."""
        size = self.backbone.patch_size
        return {level: size / SCALES[level] for level in self.levels}

    @property
    def pyramid_level_inputs(self):
        """Name of the layer that ends a level, by level."""
        return {level: level for level in self.levels}

    def get_config(self):
        return {
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "levels": list(self.levels),
            "width": self.width,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        backbone = keras.saving.deserialize_keras_object(
            config["backbone"], custom_objects
        )
        return cls(**{**config, "backbone": backbone})


def feature_pyramid(
    backbone, levels=tuple(SCALES), width=256, name="feature_pyramid"
):
    """A simple feature pyramid: maps of four scales from the last one.

    "Exploring Plain Vision Transformer Backbones for Object Detection",
    arXiv 2203.16527: the map of patch tokens is doubled by transposed
    convolutions, left as it is or halved by max pooling; a 1 x 1 and a 3 x 3
    convolution, each with a layer norm, bring each scale to one width.

    With patches of 16 pixels the strides are 4, 8, 16 and 32, as detectors
    and segmenters expect of "P2" to "P5". With other patches they are a
    quarter, a half, one and two patches; `strides` of the result tells.
    KerasCV's models take the result as their `backbone`.

    Args:
        backbone: `VisionTransformer`. Its weights are shared, not copied;
            `result.backbone` is it, to be frozen, say.
        levels: some of "P2", "P3", "P4", "P5".
        width: channels of each map.
        name: of the model.

    Call arguments:
        images: normalised float `(B, H, W, C)` of any size that the patch
            divides.

    Returns:
        A functional `keras.Model` whose output is a dict from level to
        `(B, rows, columns, width)`. "P5" of an odd number of patches is
        rounded up.

    Raises:
        InputError: for something else than a `VisionTransformer`, unknown
            levels or a width below 1.

    Example:
        >>> backbone = VisionTransformer((224, 224, 3))
        >>> pyramid = feature_pyramid(backbone)
        >>> pyramid(np.zeros((1, 64, 96, 3)))["P3"].shape
        (1, 8, 12, 256)
    """
    _check(backbone, levels, width)
    return FeaturePyramid(backbone, levels, width, name)
