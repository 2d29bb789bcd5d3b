"""A backbone with a linear head."""

import keras

from keras_attmask.errors import InputError
from keras_attmask.models.pooled import check_pooling
from keras_attmask.models.pooled import pooled
from keras_attmask.models.pooled import pooled_width
from keras_attmask.models.quantized import Quantized
from keras_attmask.models.task_preset import TaskPreset
from keras_attmask.models.vision_transformer import VisionTransformer


@keras.saving.register_keras_serializable(package="keras_attmask")
class Classifier(TaskPreset, Quantized, keras.Model):
    """Scores of classes or labels, or quantities, from a backbone's features.

    Weights exist from construction on; the backbone is taken as it is, not
    copied.

    Args:
        backbone: `VisionTransformer`.
        names: of the K outputs.
        pooling: "token", "avg" or "token+avg", see `pooled.pooled`.
        num_blocks: last blocks whose features are taken, side by side.
        activation: of the outputs: "softmax" for classes, "sigmoid" for
            labels, None for quantities.
        offset: with `scale`, K numbers: the outputs are `offset + scale x`
            the linear layer's. None leaves them as they are.
        scale: likewise.

    Call arguments:
        images: normalised float `(B, H, W, C)`.
        sample_key: optional int32 `(B,)` for stochastic depth.
        training: turns stochastic depth on.

    Returns:
        float32 `(B, K)`.

    Raises:
        InputError: a pooling, blocks or names that cannot be used.

    Example:
        >>> classifier = Classifier(backbone, ["cat", "dog"])
        >>> probabilities = classifier(prepare(images))
    """

    def __init__(
        self,
        backbone,
        names,
        pooling="token",
        num_blocks=1,
        activation="softmax",
        offset=None,
        scale=None,
        **kwargs,
    ):
        # The backbone's own policy: autocast must not touch its images.
        kwargs.setdefault("dtype", backbone.dtype_policy)
        super().__init__(**kwargs)
        check_pooling(pooling, num_blocks, backbone.num_layers)
        if not names or len(set(names)) != len(names):
            raise InputError(
                f"names: expected different ones, one an output, got {names!r}"
            )
        self.backbone = backbone
        self.names = tuple(names)
        self.pooling = pooling
        self.num_blocks = num_blocks
        self.activation = activation
        self.offset = None if offset is None else tuple(map(float, offset))
        self.scale = None if scale is None else tuple(map(float, scale))
        self.predictions = keras.layers.Dense(
            len(self.names),
            kernel_initializer=keras.initializers.Zeros(),
            name="predictions",
            dtype="float32",
        )
        width = pooled_width(backbone, pooling, num_blocks)
        self.predictions.build((None, width))
        self.built = True

    def get_config(self):
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "names": list(self.names),
            "pooling": self.pooling,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
            "offset": self.offset and list(self.offset),
            "scale": self.scale and list(self.scale),
        }

    @classmethod
    def from_config(cls, config):
        backbone = config["backbone"]
        if not isinstance(backbone, VisionTransformer):
            backbone = keras.saving.deserialize_keras_object(backbone)
        return super().from_config({**config, "backbone": backbone})

    @property
    def looped(self):
        """Variables that a loop over the backbone's blocks takes as one."""
        return self.backbone.looped if self.backbone.trainable else ()

    @property
    def image_shape(self):
        """`(H, W, C)` of the images that the backbone was made for."""
        return self.backbone.image_shape

    def logits(self, images, sample_key=None, training=False):
        """What the linear layer gives, `(B, K)`."""
        features = pooled(
            self.backbone,
            images,
            self.pooling,
            self.num_blocks,
            sample_key=sample_key,
            training=training and self.backbone.trainable,
        )
        return self.predictions(features)

    def call(self, images, sample_key=None, training=False):
        outputs = self.logits(images, sample_key, training)
        if self.scale is not None:
            outputs = outputs * keras.ops.convert_to_tensor(self.scale)
            outputs = outputs + keras.ops.convert_to_tensor(self.offset)
        return keras.activations.get(self.activation)(outputs)

    def compute_output_spec(self, images, **options):
        return keras.KerasTensor((images.shape[0], len(self.names)), "float32")
