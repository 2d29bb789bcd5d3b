"""Cuts an image into patches and projects each to a token."""

import math

import keras
from keras import ops

from keras_attmask.initializers import Uniform
from keras_attmask.layers.product import product


@keras.saving.register_keras_serializable(package="keras_attmask")
class PatchEmbedding(keras.layers.Layer):
    """Linear projection of non-overlapping square patches.

    The same map as a convolution with kernel and stride `patch_size`,
    written as one matrix product. Initialised as PyTorch initialises that
    convolution: uniform within one over the square root of the fan-in.

    Args:
        hidden_dim: width D of a token.
        patch_size: side of a patch in pixels.

    Call arguments:
        images: float `(B, H, W, C)`; H and W static multiples of the patch.

    Returns:
        Tokens `(B, N, D)`, row-major over the patch grid.

    Raises:
        ValueError: when the patch does not divide the image.
    """

    def __init__(self, hidden_dim, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.patch_size = patch_size

    def build(self, input_shape):
        size, channels = self.patch_size, input_shape[-1]
        bound = 1.0 / math.sqrt(size * size * channels)
        uniform = Uniform(-bound, bound)
        shape = (size, size, channels, self.hidden_dim)
        self.kernel = self.add_weight(
            name="kernel", shape=shape, initializer=uniform
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.hidden_dim,), initializer=uniform.clone()
        )

    def grid(self, image_shape):
        """Rows and columns of patches of an `(H, W, ...)` image."""
        height, width = image_shape[0], image_shape[1]
        size = self.patch_size
        if None in (height, width) or height % size or width % size:
            raise ValueError(
                f"`patch_size` must divide the image: expected height and "
                f"width to be multiples of {size}, got {height}x{width}."
            )
        return height // size, width // size

    def call(self, images):
        rows, columns = self.grid(images.shape[1:3])
        size, channels = self.patch_size, images.shape[-1]
        x = ops.reshape(images, (-1, rows, size, columns, size, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))  # (B, rows, columns, p, p, C)
        x = ops.reshape(x, (-1, rows * columns, size * size * channels))
        kernel = ops.reshape(self.kernel, (-1, self.hidden_dim))
        return product(x, kernel, self.bias)
