"""attmask evaluate linear"""

from absl import flags

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import train_and_test_images


def _define(values):
    flags.DEFINE_bool(
        "sweep",
        False,
        "train 40 heads at once (ten learning rates, one and four blocks, "
        "without and with the mean of the patches) on features that are read "
        "once and brought to mean 0 and deviation 1",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "epochs", 100, "passes over the images", 1, flag_values=values
    )
    flags.DEFINE_float(
        "learning_rate",
        0.005,
        "of one head, for 256 images a step; the batch has 1024",
        0.0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "num_blocks",
        4,
        "last blocks whose features one head takes",
        1,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "pooling",
        "token",
        ["token", "avg", "token+avg"],
        "what one head takes of a block: its class token, the mean of its "
        "patch tokens, or both",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "augment",
        None,
        "learn from a new random crop of each image in each epoch, which takes "
        "all images through the backbone each time; on unless --sweep is given",
        flag_values=values,
    )


def _heads(values, num_layers):
    from keras_attmask.evaluation import Head
    from keras_attmask.evaluation import sweep_heads

    if values.sweep:
        return sweep_heads(num_layers)
    blocks = values.num_blocks
    if not values["num_blocks"].present:
        blocks = min(blocks, num_layers)
    return [Head(values.learning_rate, blocks, values.pooling)]


def _run(values, reader):
    from keras_attmask.evaluation import linear

    augment = values.augment
    if augment is None:
        augment = not values.sweep
    data = train_and_test_images(values)
    with naming_flags(values):
        heads = _heads(values, reader.backbone.num_layers)
        return linear(
            reader,
            data,
            heads=heads,
            epochs=values.epochs,
            augment=augment,
            standardise=not augment,
            output=values.output,
        )


PROTOCOL = Protocol(
    "linear",
    "a linear classifier on frozen features: the accuracy after the last epoch "
    "and the best of all; one head as the official code trains it, or a sweep",
    _run,
    _define,
)
