"""Which patches of an image are blackened."""

import dataclasses

import numpy as np
from keras import ops

from keras_attmask import counter_random
from keras_attmask.errors import InputError
from keras_attmask.evaluation.features import Answers
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.masking import RandomMasking
from keras_attmask.one_program import as_one

MODES = ("high", "low", "random")


class ClassAttention(Answers):
    """A backbone reduced to what its class token attends to.

    Args:
        network: `VisionTransformer`.

    Returns:
        float32 `(B, N)`: the last block's attention, mean over heads.
    """

    def call(self, images):
        found = self.network(
            images, outputs=("class_attention",), training=False
        )
        return found["class_attention"]


class Guide:
    """Blackens patches by how much a network attends to them.

    Args:
        reader: `Reader` of a `VisionTransformer`. It looks at whole images:
            `crop_ratio` of its preprocessing is not asked.
        seed: of random masks, which follow from it and the image's number.

    Raises:
        InputError: for images that the patch does not divide.
    """

    def __init__(self, reader, seed=0):
        height, width, channels = reader.preprocessing.image_shape
        patch = reader.backbone.patch_size
        if height % patch or width % patch:
            raise InputError(
                f"guide: expected sides that are multiples of the patch, "
                f"{patch}, got {height}x{width}"
            )
        self.grid = height // patch, width // patch
        self.channels = channels
        self._network = reader.asked(ClassAttention)
        self._prepare = dataclasses.replace(
            reader.preprocessing, crop_ratio=1.0
        )
        self._seed = seed

    def count(self, ratio):
        """How many patches a ratio hides: N x ratio, rounded down."""
        return int(self.grid[0] * self.grid[1] * ratio)

    def attention(self, pixels):
        """What the network attends to, NumPy `(B, N)`.

        Args:
            pixels: `(B, H, W, C)` from 0 to 255, of any size.
        """
        return self._network.predict_on_batch(as_one(self._prepare, pixels))

    def masks(self, mode, ratio, attention, first):
        """Patches to blacken, bool `(B, N)`.

        Args:
            mode: "high", "low" or "random".
            ratio: share of the patches.
            attention: of these images.
            first: number of the first of them.
        """
        options = {"mask_ratio": ratio, "masking_probability": 1.0}
        if mode == "random":
            strategy = RandomMasking(**options)
        else:
            strategy = AttentionGuidedMasking(mode, **options)
        rows = np.arange(first, first + len(attention))
        keys = counter_random.fold_in(self._seed, rows, np)
        return strategy(
            attention,
            grid=self.grid,
            sample_key=keys,
            step_key=np.zeros(1, "int32"),
        )


def blackened(pixels, mask, grid):
    """Sets the pixels of some patches to 0.

    Args:
        pixels: `(B, H, W, C)`.
        mask: bool `(B, N)`, patches row by row.
        grid: `(rows, columns)` of patches; where they do not divide the
            image, a pixel belongs to the patch that its middle lies in.

    Returns:
        `(B, H, W, C)`.
    """
    mask = ops.reshape(mask, (-1, *grid))
    for axis, (count, side) in enumerate(zip(grid, pixels.shape[1:3]), 1):
        patch = (2 * np.arange(side) + 1) * count // (2 * side)
        mask = ops.take(mask, patch, axis=axis)
    # The zero has the type of the pixels on every backend.
    return ops.where(mask[..., None], ops.zeros_like(pixels), pixels)
