"""attmask evaluate video"""

import contextlib

from absl import flags

from keras_attmask.commands.protocols.protocol import Protocol
from keras_attmask.commands.protocols.protocol import limit_and_output
from keras_attmask.commands.protocols.protocol import no_train
from keras_attmask.errors import InputError

_NUMBERS = {
    "size": (480, 1, "pixels of the shorter side of frames"),
    "num_neighbors": (5, 1, "patches that a patch takes its label of"),
    "radius": (12, 0, "patches up to which others are looked at; 0 is all"),
    "context": (7, 0, "earlier frames that are looked at, beside the first"),
}


def _define(values):
    flags.DEFINE_string(
        "split",
        "val",
        "name of a list of films in ImageSets/2017",
        flag_values=values,
    )
    for name, (default, least, text) in _NUMBERS.items():
        flags.DEFINE_integer(name, default, text, least, flag_values=values)
    flags.DEFINE_float(
        "temperature",
        0.1,
        "divides the similarity; lower listens to the nearest only",
        0.0,
        flag_values=values,
    )


@contextlib.contextmanager
def _flags_named(values):
    """Makes mistakes speak of the flag that the argument came from."""
    try:
        yield
    except InputError as error:
        name, _, rest = str(error).partition(": ")
        if name not in values:
            raise
        raise InputError(f"--{name}: {rest}") from error


def _run(values, reader):
    from keras_attmask.evaluation import video

    no_train(values, "video")
    own = {name: values[name].value for name in (*_NUMBERS, "temperature")}
    with _flags_named(values):
        return video(
            reader,
            values.data,
            split=values.split,
            **own,
            **limit_and_output(values),
        )


PROTOCOL = Protocol(
    "video",
    "DAVIS 2017 (--data is its folder): the objects of a film's first frame "
    "are followed by the likeness of patches; region and boundary measures, J "
    "and F; --limit counts films, and --output also gets the masks",
    _run,
    _define,
)
