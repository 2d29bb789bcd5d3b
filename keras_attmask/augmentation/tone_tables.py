"""Operations that change a value whatever its place, as tables.

What such an operation needs to know of an image (its darkest and lightest
value, its mean, how often each value occurs) follows from the histogram. So
a table of 256 values for each channel of each image stands for the image,
operations in a row change the table only, and pixels are looked up once.
"""

import numpy as np
from keras import ops

from keras_attmask.augmentation.indexing import picked
from keras_attmask.augmentation.indexing import summed_by_level
from keras_attmask.augmentation.rand_draws import OPERATIONS
from keras_attmask.augmentation.rand_draws import strength

LEVELS = 256
_WHITE = 255.0
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, what Pillow's "L" uses
_ENHANCE = 0.9  # how far factors go from 1
_POSTERIZE_BITS = 4.0  # how many of eight may be lost


def identity_tables(counts):
    """The tables that change nothing, for `apply_tones` to start from."""
    return ops.arange(LEVELS, dtype="float32") + 0.0 * counts


def brightness(tables, factor):
    """Blends with black; `factor` broadcasts to `(B, 1, 1)`."""
    return ops.clip(tables * factor, 0.0, _WHITE)


def contrast(tables, counts, factor):
    """Blends with the mean grey of each image; `factor` as above."""
    pixels = ops.sum(counts, axis=-1)
    means = ops.sum(tables * counts, axis=-1) / pixels  # (B, C)
    channels = tables.shape[1]
    luma = _LUMA if channels == 3 else (1.0 / channels,) * channels
    luma = ops.convert_to_tensor(np.float32(luma))
    grey = ops.sum(means * luma, axis=-1)  # (B,)
    mixed = tables * factor + (1.0 - factor) * ops.reshape(grey, (-1, 1, 1))
    return ops.clip(mixed, 0.0, _WHITE)


def autocontrast(tables, counts):
    """Stretches each channel from its darkest to its lightest value."""
    there = counts > 0
    low = ops.min(ops.where(there, tables, _WHITE), axis=-1, keepdims=True)
    high = ops.max(ops.where(there, tables, 0.0), axis=-1, keepdims=True)
    flat = high <= low
    scale = _WHITE / ops.where(flat, 1.0, high - low)
    stretched = ops.clip((tables - low) * scale, 0.0, _WHITE)
    return ops.where(flat, tables, stretched)


def equalize(tables, counts):
    """Spreads the values of each channel evenly, as Pillow does it."""
    levels = ops.cast(ops.round(tables), "int32")
    occurs = summed_by_level(counts, levels, LEVELS)
    level = ops.arange(LEVELS, dtype="float32")
    top = ops.max(
        ops.where(occurs > 0, level, 0.0), axis=-1, keepdims=True
    )  # (B, C, 1)
    below_top = ops.sum(
        ops.where(level < top, occurs, 0.0), axis=-1, keepdims=True
    )
    step = ops.floor((below_top + 0.5) / _WHITE)
    # Whole numbers: half a one more keeps a rounded quotient from the next.
    below = ops.cumsum(occurs, axis=-1) - occurs
    start = ops.floor(0.5 * step)
    spread = (start + below + 0.5) / ops.maximum(step, 1.0)
    spread = ops.clip(ops.floor(spread), 0.0, _WHITE)
    spread = picked(spread, levels)
    return ops.where(step > 0, spread, tables)


def posterize(tables, level):
    """Keeps 8 bits at level 0, 4 at level 1; `level` `(B, 1, 1)`."""
    lost = ops.round(_POSTERIZE_BITS * level)
    width = ops.ones_like(lost)
    for bit in range(int(_POSTERIZE_BITS)):  # 2**lost, exact anywhere
        width = ops.where(lost > bit, 2.0 * width, width)
    kept = ops.floor(ops.round(tables) / width) * width
    return ops.where(lost > 0, kept, tables)


def solarize(tables, level):
    """Inverts values above a threshold: 256 at level 0, 0 at level 1."""
    threshold = LEVELS * (1.0 - level)
    return ops.where(tables >= threshold, _WHITE - tables, tables)


def apply_tones(counts, drawn):
    """The tables of what was drawn for each image, one after another.

    Args:
        counts: float32 `(B, C, 256)`, how often each value occurs.
        drawn: see `rand_draws.draw_operations`.

    Returns:
        float32 `(B, C, 256)`: what becomes of each value.
    """
    tables = identity_tables(counts)
    enhance = {
        name: strength(drawn, name, _ENHANCE, 1.0)
        for name in ("brightness", "contrast")
    }
    for slot in range(drawn["operation"].shape[1]):

        def of_slot(values):
            return ops.reshape(values[:, slot], (-1, 1, 1))

        number = of_slot(drawn["operation"])
        level = of_slot(drawn["level"])
        changed = {
            "autocontrast": autocontrast(tables, counts),
            "equalize": equalize(tables, counts),
            "solarize": solarize(tables, level),
            "posterize": posterize(tables, level),
            "contrast": contrast(tables, counts, of_slot(enhance["contrast"])),
            "brightness": brightness(tables, of_slot(enhance["brightness"])),
        }
        for name, values in changed.items():
            chosen = ops.equal(number, OPERATIONS.index(name))
            tables = ops.where(chosen, values, tables)
    return tables
