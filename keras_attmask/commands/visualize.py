"""attmask visualize"""

from absl import flags

from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

DETAILS = """
WHAT is masks (images, teacher attention and the masks of high, hint and
low) or curves (losses and k-NN accuracy), drawn anew from a run folder.

  attmask visualize masks --run=runs/quickstart-... --target=masks.png
"""


def _define(values, arguments):
    flags.DEFINE_string(
        "run", None, "folder that attmask pretrain wrote", flag_values=values
    )
    flags.DEFINE_string("target", None, "PNG file to write", flag_values=values)
    flags.DEFINE_string(
        "data",
        None,
        "images to draw masks on; the recipe's own by default",
        flag_values=values,
    )


def _run(values, words):
    (what,) = require_words(words, ["WHAT"])
    if what not in ("masks", "curves"):
        raise InputError(f"WHAT: expected masks or curves, got {what!r}")
    for name in ("run", "target"):
        if not values[name].value:
            raise InputError(f"--{name}: expected a path, got nothing")
    from keras_attmask.data import open_source
    from keras_attmask.pretraining import pictures

    data = None
    if values.data:
        with naming("--data"):
            data = open_source(values.data)
    draw = pictures.masks_of_run if what == "masks" else pictures.curves_of_run
    draw(values.run, values.target, data)
    say(f"wrote {values.target}")
    return 0


COMMAND = Command(
    "visualize",
    "Draw masks or curves of a run.",
    "WHAT --run=FOLDER --target=FILE.png [flags]",
    _define,
    _run,
    DETAILS,
)
