"""The vector that the student sees in place of a hidden patch."""

import keras
from keras import ops

from keras_attmask.initializers import Zeros


@keras.saving.register_keras_serializable(package="keras_attmask")
class MaskToken(keras.layers.Layer):
    """Replaces masked patch tokens by one learned vector.

    Used after the patch projection and before the positions are added, so
    that a hidden patch still says where it is. Starts at zero.

    Call arguments:
        x: patch tokens `(B, N, D)`.
        patch_mask: bool `(B, N)`; True hides the patch.

    Returns:
        `(B, N, D)`.
    """

    def build(self, input_shape):
        self.token = self.add_weight(
            name="token", shape=(1, input_shape[-1]), initializer=Zeros()
        )

    def call(self, x, patch_mask):
        token = ops.cast(self.token, x.dtype)
        return ops.where(ops.expand_dims(patch_mask, -1), token, x)
