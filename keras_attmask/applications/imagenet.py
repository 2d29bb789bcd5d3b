"""ImageNet's statistics and class names."""

import keras
import numpy as np

from keras_attmask.errors import InputError

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def preprocess_input(x, data_format=None):
    """Normalises RGB images with ImageNet's mean and deviation.

    It may stand in a model, in a `tf.data` pipeline (under each backend) or
    before either. Its input is never written over.

    Args:
        x: array or tensor of 3 or 4 axes with values from 0 to 255.
        data_format: "channels_last" or "channels_first"; None means
            `keras.config.image_data_format()`. The networks of this package
            take channels last, whatever that says.

    Returns:
        float32 of the shape of `x`; an array for an array.

    Raises:
        InputError: an unknown data format, or channels other than three.

    Example:
        >>> float(preprocess_input(np.full((1, 1, 3), 255))[0, 0, 0])
        2.248908281326294
    """
    data_format = data_format or keras.config.image_data_format()
    shapes = {"channels_last": (1, 1, 3), "channels_first": (3, 1, 1)}
    if data_format not in shapes:
        raise InputError(
            "data_format: expected 'channels_last' or 'channels_first', got "
            f"{data_format!r}"
        )
    _check_channels(x.shape, -1 if data_format == "channels_last" else -3)
    std, mean = (np.reshape(v, shapes[data_format]) for v in (STD, MEAN))
    scale, offset = 1 / (255 * std), -mean / std
    if isinstance(x, np.ndarray):
        return (x * scale + offset).astype("float32")
    rescaling = keras.layers.Rescaling(
        scale.tolist(), offset.tolist(), dtype="float32"
    )
    return rescaling(x)


def _check_channels(shape, axis):
    if len(shape) not in (3, 4) or shape[axis] != 3:
        raise InputError(
            "x: expected RGB images, 3 or 4 axes with three channels, got "
            f"shape {tuple(shape)}; other channels need their own mean and "
            "deviation, see keras_attmask.data.Preprocessing"
        )


def decode_predictions(preds, top=5):
    """Names the best classes of ImageNet predictions.

    Args:
        preds: scores `(B, 1000)`.
        top: how many classes an image.

    Returns:
        A list of `(synset, class name, score)` for each image, best first.

    Raises:
        ValueError: for another shape.
        InputError: when the class names are not in Keras' cache and cannot
            be fetched either.
    """
    decode = keras.applications.imagenet_utils.decode_predictions
    try:
        return decode(preds, top=top)
    except ValueError:
        raise
    except Exception as error:  # Keras raises bare exceptions for a network
        reason = " ".join(str(error).split())
        raise InputError(
            "decode_predictions: expected imagenet_class_index.json in "
            "Keras' cache (~/.keras/models) or a network to fetch it from, "
            f"got {reason}"
        ) from error
