"""A distiller small enough for a test, and images for it."""

import keras
import numpy as np

from keras_attmask.data.views import MultiCropViews
from keras_attmask.layers import ProjectionHead
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.models import VisionTransformer
from keras_attmask.training import AdamW
from keras_attmask.training import Distiller
from keras_attmask.view_law import ViewLaw


def batch(count=6, side=20, seed=0):
    """A batch as `ArrayBatches` makes it."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (count, side, side, 3), "uint8")
    return {"images": images, "index": np.arange(count, dtype="int32")}


# Crops alone: colours would double what is compiled for a view. They have
# tests of their own, and runs of recipes train with them.
LAW = ViewLaw(
    local_crops=2,
    global_size=16,
    local_size=8,
    jitter_probability=0.0,
    grey_probability=0.0,
    blur_probability=(0.0, 0.0, 0.0),
    solarize_probability=(0.0, 0.0, 0.0),
)


def distiller(
    masking=True,
    trainable_gain=True,
    shared=True,
    dtype="float32",
    depth_rate=0.0,
    **arguments,
):
    """A Distiller of width 16 over 4 x 4 patches.

    It has one block, or two where depth is to be dropped: never the first.
    """
    if masking is True:
        masking = AttentionGuidedMasking("high")
    backbone = VisionTransformer(
        (16, 16, 3),
        patch_size=4,
        num_layers=2 if depth_rate else 1,
        num_heads=2,
        hidden_dim=16,
        stochastic_depth_rate=depth_rate,
        use_mask_token=masking is not None,
        dtype=dtype,
    )
    head = ProjectionHead(
        24,
        hidden_dim=16,
        bottleneck_dim=8,
        shared=shared,
        trainable_gain=trainable_gain,
        dtype=dtype,
    )
    views = MultiCropViews(LAW)
    return Distiller(backbone, head, views, masking, dtype=dtype, **arguments)


def compiled(jit_compile=None, optimizer=None, **arguments):
    """The same, ready for `fit`; on TensorFlow without XLA unless asked for.

    XLA takes three times as long to compile as the test to run.
    """
    model = distiller(**arguments)
    if jit_compile is None:
        jit_compile = False if _on_tensorflow() else "auto"
    optimizer = optimizer or AdamW(1e-2, 0.04, clip_norm=3.0)
    model.compile(optimizer=optimizer, jit_compile=jit_compile)
    return model


def uncompiled(**arguments):
    """The same where TensorFlow's graph adds seconds and proves nothing."""
    model = compiled(**arguments)
    model.run_eagerly = _on_tensorflow()
    return model


def _on_tensorflow():
    return keras.backend.backend() == "tensorflow"
