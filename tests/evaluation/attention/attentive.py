"""A network whose attention is known, and what it may look at."""

import types

import numpy as np

from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.models import VisionTransformer

GREY = Preprocessing((16, 24, 1), (0.0,), (1.0,))  # 4 x 6 patches


def make_backbone(heads=(1,), channels=1):
    """Its class token attends to brightness.

    Args:
        heads: of each head 1 for bright patches, -1 for dark ones.
        channels: of the images.
    """
    backbone = VisionTransformer((16, 24, channels), 4, 1, len(heads), 16)
    for weight in backbone.weights:
        if "gamma" not in weight.name:
            weight.assign(np.zeros(weight.shape))
    kernel, bias = backbone.patch_embedding.weights
    # Brightness, and a constant for the layer norm to compare it with.
    values = np.zeros(kernel.shape)
    values[..., 0] = 1 / (16 * channels)
    values[..., 1] = -values[..., 0]
    kernel.assign(values)
    bias.assign([0, 0, 0.2, -0.2] + [0] * 12)
    kernel, bias = backbone.blocks[0].attention.qkv.weights
    values = np.zeros(kernel.shape)
    values[0, 16:32] = np.repeat(heads, 16 // len(heads))
    kernel.assign(values)
    bias.assign([3] * 16 + [0] * 32)
    return backbone


def make_part(corners=((0, 0), (1, 2), (2, 3))):
    """On each image one bright thing of 2 x 3 patches on black.

    Patches of the thing differ by a shade: the first is the brightest.

    Args:
        corners: row and column of each thing, in patches.
    """
    masks = np.zeros((len(corners), 16, 24), "uint8")
    images = np.zeros((*masks.shape, 1), "uint8")
    shades = np.array([[200, 199, 198], [197, 196, 195]])
    shades = shades.repeat(4, axis=0).repeat(4, axis=1)
    for image, mask, (row, column) in zip(images, masks, corners):
        place = np.s_[4 * row : 4 * row + 8, 4 * column : 4 * column + 12]
        image[place], mask[place] = shades[..., None], 1
    return types.SimpleNamespace(source=ArraySource(images), masks=masks)
