"""Patch tokens as a map, for what works on maps."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_attmask")
class PatchMap(keras.layers.Layer):
    """A backbone reduced to the map of its patch tokens.

    It holds the backbone itself, not a copy. A functional model of it may
    leave height and width open: the backbone needs them when it is called,
    and its shape of output is known without.

    Args:
        backbone: `VisionTransformer`.

    Call arguments:
        images: normalised float `(B, H, W, C)`, multiples of the patch.
        training: turns the backbone's stochastic depth on.

    Returns:
        `(B, rows, columns, D)`, after the final norm.
    """

    def __init__(self, backbone, **kwargs):
        super().__init__(**kwargs)
        self.backbone = backbone
        self.built = True

    def get_config(self):
        backbone = keras.saving.serialize_keras_object(self.backbone)
        return {**super().get_config(), "backbone": backbone}

    @classmethod
    def from_config(cls, config):
        backbone = keras.saving.deserialize_keras_object(config["backbone"])
        return cls(**{**config, "backbone": backbone})

    def compute_output_shape(self, input_shape):
        size = self.backbone.patch_size
        sides = (side and side // size for side in input_shape[1:3])
        return (input_shape[0], *sides, self.backbone.hidden_dim)

    def call(self, images, training=False):
        grid = self.backbone.patch_embedding.grid(images.shape[1:3])
        tokens = self.backbone(
            images, outputs=("patch_tokens",), training=training
        )["patch_tokens"]
        shape = (-1, *grid, self.backbone.hidden_dim)
        return ops.reshape(tokens, shape)  # (B, rows, columns, D)
