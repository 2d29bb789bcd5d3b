"""attmask evaluate report"""

import os

from keras_attmask.commands.command import tell
from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import naming_flags
from keras_attmask.commands.protocols.protocol import no_train
from keras_attmask.errors import InputError


def _run(values, reader):
    from keras_attmask.evaluation import report

    no_train(values, "report")
    if not values.output:
        raise InputError("--output: expected a folder, got nothing")
    data = values.data
    if not os.path.exists(data):  # a path may have a comma in it
        data = data.split(",")

    with naming_flags(values):
        return report(
            reader,
            data,
            limit=values.limit or None,
            output=values.output,
            name=values.backbone,
            say=tell,
        )


PROTOCOL = Protocol(
    "report",
    "all that data allow, several with commas between: numbers beside the "
    "published ones, pictures and JSON in the folder --output",
    _run,
)
