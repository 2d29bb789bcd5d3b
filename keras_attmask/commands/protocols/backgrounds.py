"""attmask evaluate backgrounds"""

from absl import flags

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.with_head import reader_with_head


def _define(values):
    flags.DEFINE_string(
        "class_map",
        None,
        "in_to_in9.json of the backgrounds challenge, for a head of ImageNet's "
        "classes; looked for in --data by default",
        flag_values=values,
    )


def _run(values, reader):
    from keras_attmask.evaluation import backgrounds

    reader, _ = reader_with_head(values, reader)
    with naming_flags(values):
        return backgrounds(
            reader,
            values.data,
            class_map=values.class_map or None,
            train=values.train or None,
            **limit_and_output(values),
        )


PROTOCOL = Protocol(
    "backgrounds",
    "accuracy of a backbone with a head (a fine-tuned one, or a linear head "
    "that --train teaches first) before other backgrounds; --data is the "
    "folder of ImageNet-9",
    _run,
    _define,
)
