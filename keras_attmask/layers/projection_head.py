"""The head that turns tokens into scores over prototypes."""

import keras
from keras import ops

from keras_attmask.initializers import Normal
from keras_attmask.layers.dense import Dense
from keras_attmask.layers.prototypes import Prototypes


@keras.saving.register_keras_serializable(package="keras_attmask")
class ProjectionHead(keras.layers.Layer):
    """Three dense layers, a unit vector, then prototypes.

    Class and patch tokens share everything, or all but the prototypes.
    Calling the head does both parts; `bottleneck` and `class_logits` or
    `patch_logits` do one each, because the wide last product is linear: its
    mean over tokens is the product of the mean.

    Args:
        num_prototypes: K.
        hidden_dim: width of the two hidden layers.
        bottleneck_dim: length of the unit vectors.
        shared: one set of prototypes for class and patch tokens.
        trainable_gain: see `Prototypes`.

    Call arguments:
        x: tokens `(..., D)`.
        patches: use the prototypes of patch tokens.

    Returns:
        float32 logits `(..., K)`.
    """

    def __init__(
        self,
        num_prototypes,
        hidden_dim=2048,
        bottleneck_dim=256,
        shared=True,
        trainable_gain=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_prototypes = num_prototypes
        self.hidden_dim = hidden_dim
        self.bottleneck_dim = bottleneck_dim
        self.shared = shared
        self.trainable_gain = trainable_gain

    def _prototypes(self, name):
        layer = Prototypes(
            self.num_prototypes,
            self.trainable_gain,
            name=name,
            dtype=self.dtype_policy,
        )
        layer.build((None, self.bottleneck_dim))
        return layer

    def build(self, input_shape):
        widths = (self.hidden_dim, self.hidden_dim, self.bottleneck_dim)
        self.dense, in_width = [], input_shape[-1]
        for number, width in enumerate(widths, start=1):
            layer = Dense(
                width,
                kernel_initializer=Normal(stddev=0.02),
                name=f"dense_{number}",
                dtype=self.dtype_policy,
            )
            layer.build((None, in_width))
            self.dense.append(layer)
            in_width = width
        self.class_prototypes = self._prototypes("prototypes")
        self.patch_prototypes = (
            self.class_prototypes
            if self.shared
            else self._prototypes("patch_prototypes")
        )

    def bottleneck(self, x):
        """Unit vectors `(..., bottleneck_dim)` of tokens `(..., D)`."""
        first, second, last = self.dense
        x = ops.gelu(first(x), approximate=False)
        x = ops.gelu(second(x), approximate=False)
        x = last(x)
        wide = ops.cast(x, "float32")
        square = ops.sum(ops.square(wide), axis=-1, keepdims=True)
        # The floor is under the root, whose slope at zero is infinite.
        norm = ops.sqrt(ops.maximum(square, 1e-24))
        return ops.cast(wide / norm, x.dtype)

    def class_logits(self, vectors):
        """Logits `(..., K)` of unit vectors of class tokens."""
        return self.class_prototypes(vectors)

    def patch_logits(self, vectors):
        """Logits `(..., K)` of unit vectors of patch tokens."""
        return self.patch_prototypes(vectors)

    def call(self, x, patches=False):
        vectors = self.bottleneck(x)
        return (self.patch_logits if patches else self.class_logits)(vectors)
