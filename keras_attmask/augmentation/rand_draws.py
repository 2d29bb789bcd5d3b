"""What chance decides about RandAugment, apart from any pixel."""

from keras import ops

from keras_attmask import counter_random
from keras_attmask.once import once

OPERATIONS = (
    "identity",
    "autocontrast",
    "equalize",
    "rotate",
    "solarize",
    "color",
    "posterize",
    "contrast",
    "brightness",
    "sharpness",
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
)
HIGHEST = 10.0  # magnitude at which an operation is as strong as it gets
# Numbers of the independent draws that are made for each operation.
_OPERATION, _MAGNITUDE, _SIGN = range(3)


def draw_operations(keys, magnitude, count=2, deviation=0.5):
    """Draws operations with replacement, and how strong each is.

    Args:
        keys: int32 `(B,)`, one an image.
        magnitude: mean of the magnitudes, 0 to 10.
        count: operations N an image.
        deviation: of the normal noise on the magnitude, which then is
            clipped to 0 to 10.

    Returns:
        A dict of `(B, N)`: "operation" int32, places in `OPERATIONS`;
        "level" float32, the magnitude from 0 to 1; "sign" float32, 1 or -1.
    """
    slots = counter_random.draws(keys, count)  # (B, N)
    u = counter_random.uniform(counter_random.fold_in(slots, _OPERATION))
    operation = ops.cast(ops.floor(u * len(OPERATIONS)), "int32")
    noise = counter_random.normal(counter_random.fold_in(slots, _MAGNITUDE))
    level = ops.clip(magnitude + deviation * noise, 0.0, HIGHEST) / HIGHEST
    u = counter_random.uniform(counter_random.fold_in(slots, _SIGN))
    sign = ops.where(u < 0.5, -1.0, 1.0)
    drawn = {"operation": operation, "level": level, "sign": sign}
    return {name: once(values) for name, values in drawn.items()}


def strength(drawn, name, largest, rest=0.0):
    """How strong an operation is where it was drawn, with its sign.

    Args:
        drawn: see `draw_operations`.
        name: of `OPERATIONS`.
        largest: at the highest magnitude.
        rest: what is added, and what stands where another was drawn.

    Returns:
        float32 `(B, N)`.
    """
    chosen = ops.equal(drawn["operation"], OPERATIONS.index(name))
    signed = rest + largest * drawn["sign"] * drawn["level"]
    return ops.where(chosen, signed, rest)
