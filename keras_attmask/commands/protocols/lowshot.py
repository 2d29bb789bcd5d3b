"""attmask evaluate lowshot"""

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import train_and_test_images


def _run(values, reader):
    from keras_attmask.evaluation import lowshot

    data = train_and_test_images(values)
    with naming_flags(values):
        return lowshot(reader, data, output=values.output)


PROTOCOL = Protocol(
    "lowshot",
    "k-NN and a logistic regression, taught by 1, 5, 10 and 20 images a "
    "class; means over five draws and their deviations",
    _run,
)
