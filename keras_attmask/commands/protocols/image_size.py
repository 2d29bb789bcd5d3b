"""Images of another size than those the backbone was trained on."""

import dataclasses

from absl import flags


def define(values):
    """Adds --image_size."""
    flags.DEFINE_integer(
        "image_size",
        None,
        "side in pixels that images are brought to, a multiple of the patch; "
        "that of the backbone by default",
        1,
        flag_values=values,
    )


def resized(values, reader):
    """The reader, of images of the size that the flag asks for.

    Args:
        values: parsed flags.
        reader: `evaluation.Reader`.
    """
    from keras_attmask.evaluation import Reader

    if values.image_size is None:
        return reader
    channels = reader.preprocessing.image_shape[-1]
    preprocessing = dataclasses.replace(
        reader.preprocessing,
        image_shape=(values.image_size, values.image_size, channels),
    )
    return Reader(reader.backbone, preprocessing, reader.batch_size)
