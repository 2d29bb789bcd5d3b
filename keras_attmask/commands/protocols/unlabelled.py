"""attmask evaluate unlabelled"""

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import no_train


def _run(values, reader):
    from keras_attmask.evaluation import unlabelled

    no_train(values, "unlabelled")
    with naming_flags(values):
        return unlabelled(reader, values.data, **limit_and_output(values))


PROTOCOL = Protocol(
    "unlabelled",
    "without labels: how often two crops of an image are nearest to each "
    "other, and how many directions the features fill",
    _run,
)
