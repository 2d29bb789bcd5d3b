"""Recorded schedules and recorded final weights of a run."""

import numpy as np
from keras import ops

from keras_attmask.convert.variables import arrays as arrays_of
from keras_attmask.convert.variables import backbone_variables
from keras_attmask.convert.variables import head_variables
from keras_attmask.errors import InputError


class Recorded:
    """A schedule that repeats recorded values.

    Args:
        values: one for each step.
    """

    def __init__(self, values):
        self.values = np.asarray(values, "float32")

    def __call__(self, step, ops=ops):
        return ops.take(self.values, ops.cast(step, "int32"))


def weight_errors(backbone, head, recorded, prefix):
    """Largest absolute error of each recorded parameter.

    The key third of each bias of queries, keys and values is left out: its
    true gradient is zero, so that Adam makes steps of rounding noise, and
    no output depends on it.

    Args:
        backbone: `VisionTransformer`.
        head: `ProjectionHead`.
        recorded: dict of name to array in PyTorch's layout.
        prefix: what precedes the official names in it.

    Returns:
        Dict of official name to error.

    Raises:
        InputError: for a recorded parameter that the networks lack, one of
            another shape, or none at all.
    """
    own = {
        f"backbone.{name}": value
        for name, value in arrays_of(
            backbone, backbone_variables(backbone)
        ).items()
    }
    for name, value in arrays_of(head, head_variables(head)).items():
        own[f"head.{name}"] = value
    errors = {}
    for key, expected in recorded.items():
        if not key.startswith(prefix):
            continue
        name = key.removeprefix(prefix)
        if name not in own or own[name].shape != expected.shape:
            raise InputError(
                f"{key}: expected a parameter of the networks, got one of "
                f"shape {expected.shape}"
            )
        error = np.abs(own[name] - expected)
        if name.endswith("attn.qkv.bias"):
            error = np.delete(error, np.s_[len(error) // 3 : -len(error) // 3])
        errors[name] = float(error.max())
    if not errors:
        raise InputError(f"{prefix}*: expected final parameters, got none")
    return errors
