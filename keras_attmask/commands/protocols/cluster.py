"""attmask evaluate cluster"""

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import no_train


def _run(values, reader):
    from keras_attmask.evaluation import cluster

    no_train(values, "cluster")
    with naming_flags(values):
        return cluster(reader, values.data, **limit_and_output(values))


PROTOCOL = Protocol(
    "cluster",
    "k-means finds as many groups as there are classes, without labels; mutual "
    "information, Rand, Fowlkes-Mallows, accuracy of the best match",
    _run,
)
