"""The image that a model takes, from `input_shape` and `input_tensor`."""

import operator
import warnings

import keras

from keras_attmask.errors import InputError

_DEFAULT = (224, 224, 3)


def image_input(input_shape, input_tensor, patch_size):
    """Makes or checks the input of a model, and finds where it comes from.

    Args:
        input_shape: `(H, W, C)`, or None for that of `input_tensor`, else
            224 x 224 pixels of three channels.
        input_tensor: None, or a Keras tensor `(B, H, W, C)`.
        patch_size: side of a patch in pixels; divides H and W.

    Returns:
        `(images, sources)`: Keras tensor `(B, H, W, C)` and the inputs that
        it is computed from, itself where nothing comes before it.

    Raises:
        InputError: for a shape or a tensor that cannot be used.
    """
    if input_tensor is None:
        shape = _DEFAULT if input_shape is None else input_shape
        images = keras.Input(_checked("input_shape", shape, patch_size))
        return images, images
    _check_tensor(input_tensor)
    shape = tuple(input_tensor.shape[1:])
    if input_shape is None:
        _checked("input_tensor", shape, patch_size)
    elif _checked("input_shape", input_shape, patch_size) != shape:
        raise InputError(
            f"input_shape: expected {shape} as input_tensor has, got "
            f"{tuple(input_shape)}"
        )
    sources = keras.utils.get_source_inputs(input_tensor)
    return input_tensor, sources[0] if len(sources) == 1 else sources


def _check_tensor(tensor):
    if not keras.utils.is_keras_tensor(tensor):
        raise InputError(
            "input_tensor: expected a Keras tensor such as keras.Input(...), "
            f"got {type(tensor).__name__}"
        )


def _checked(argument, shape, patch_size):
    """The shape as three integers that the network can take."""
    try:
        height, width, channels = map(operator.index, shape)
    except (TypeError, ValueError):
        raise InputError(
            f"{argument}: expected three known sizes (height, width, "
            f"channels), got {shape!r}"
        ) from None
    sides = (height, width)
    if any(side < 1 or side % patch_size for side in sides) or channels < 1:
        raise InputError(
            f"{argument}: expected height and width to be multiples of the "
            f"patch, {patch_size}, and channels last, got {tuple(shape)}"
        )
    if channels not in (1, 3):
        warnings.warn(
            f"{argument}: images have 1 or 3 channels as a rule, got "
            f"{channels}",
            stacklevel=5,
        )
    return height, width, channels
