"""attmask evaluate attention"""

from absl import flags

from keras_attmask.commands.protocols import image_size
from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import no_train


def _define(values):
    image_size.define(values)
    flags.DEFINE_float(
        "mass",
        0.6,
        "share of the attention that is kept, most attended patches first",
        0.0,
        1.0,
        flag_values=values,
    )


def _run(values, reader):
    from keras_attmask.evaluation import attention

    no_train(values, "attention")
    reader = image_size.resized(values, reader)
    with naming_flags(values, preprocessing="image_size"):
        return attention(
            reader, values.data, mass=values.mass, **limit_and_output(values)
        )


PROTOCOL = Protocol(
    "attention",
    "whether the class token attends to the things: Jaccard index of the most "
    "attended patches, AUC of pixels, CorLoc of the box around them, beside "
    "those of a bump in the middle. Data: VOCdevkit, or images/ and masks/ "
    "(PNG, 0 is ground)",
    _run,
    _define,
)
