"""attmask visualize"""

from absl import flags

from keras_attmask.commands import recipe_flag
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

DETAILS = """
WHAT is masks (images, teacher attention and the masks of high, hint and
low) or curves (losses and k-NN accuracy), drawn anew from a run folder; or
views (images and what a recipe makes of them for training, with the numbers
drawn), which needs no run.

  attmask visualize masks --run=runs/quickstart-... --target=masks.png
  attmask visualize views --data=my_images --recipe=folder --target=views.png

Under a view stand its share of the image's area and its aspect ratio, then
the factors of brightness, contrast, saturation and hue in the order in which
they were applied.
"""
_WHAT = ("masks", "curves", "views")


def _define(values, arguments):
    flags.DEFINE_string(
        "run", None, "folder that attmask pretrain wrote", flag_values=values
    )
    flags.DEFINE_string("target", None, "PNG file to write", flag_values=values)
    flags.DEFINE_string(
        "data",
        None,
        "images to draw masks or views of; the recipe's own by default",
        flag_values=values,
    )
    recipe_flag.define(values, arguments)


def _run(values, words):
    (what,) = require_words(words, ["WHAT"])
    if what not in _WHAT:
        raise InputError(
            f"WHAT: expected {', '.join(_WHAT[:-1])} or {_WHAT[-1]}, got "
            f"{what!r}"
        )
    origin = "recipe" if what == "views" else "run"
    for name in (origin, "target"):
        if not values[name].value:
            raise InputError(f"--{name}: expected a path, got nothing")
    recipe = recipe_flag.read(values) if what == "views" else None
    _draw(what, values, recipe)
    say(f"wrote {values.target}")
    return 0


def _draw(what, values, recipe):
    from keras_attmask import build
    from keras_attmask.data import open_source
    from keras_attmask.pretraining import pictures
    from keras_attmask.pretraining import view_pictures

    data = None
    if values.data:
        with naming("--data"):
            data = open_source(values.data)
    if what == "views":
        source = data or build.training_source(recipe)
        view_pictures.draw_views(recipe, source, values.target)
    elif what == "masks":
        pictures.masks_of_run(values.run, values.target, data)
    else:
        pictures.curves_of_run(values.run, values.target, data)


COMMAND = Command(
    "visualize",
    "Draw the masks or curves of a run, or the views of a recipe.",
    "WHAT --target=FILE.png (--run=FOLDER | --recipe=FILE) [flags]",
    _define,
    _run,
    DETAILS,
)
