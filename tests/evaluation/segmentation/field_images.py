"""Images whose patches are easily told, and a network that sees them."""

import types

import numpy as np

from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.models import VisionTransformer

PREPROCESSING = Preprocessing((16, 24, 1), (0.5,), (0.25,))


def make_backbone():
    """Of patches of 4 pixels, width 16, at random."""
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    for variable in backbone.trainable_variables:
        if variable.name == "kernel":  # an untrained network sees too little
            variable.assign(5 * variable)
    return backbone


def make_part(count, seed):
    """Bright and striped fields of whole patches on dark ground."""
    random = np.random.default_rng(seed)
    fields = random.integers(0, 3, (count, 4, 6))
    masks = fields.repeat(4, 1).repeat(4, 2).astype("uint8")
    stripes = np.where(np.arange(24) % 2, 250, 60)
    images = np.choose(masks, [10, 200, stripes])[..., None]
    noise = random.normal(0, 5, images.shape)
    images = np.clip(images + noise, 0, 255).astype("uint8")
    return types.SimpleNamespace(source=ArraySource(images), masks=masks)


DATA = make_part(24, 0), make_part(6, 1)
