"""attmask recipes"""

import ast

from keras_attmask.commands import recipe_flag
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.recipe.kinds import KINDS


def _run(values, words):
    require_words(words, [])
    folder = recipe_flag.bundled_folder()
    found = {
        kind: sorted((folder / kind.folder).glob("*.py")) for kind in KINDS
    }
    width = max(len(path.stem) for paths in found.values() for path in paths)
    for kind, paths in found.items():
        say(f"attmask {kind.command} --recipe=NAME")
        for path in paths:
            text = ast.get_docstring(ast.parse(path.read_text("utf-8")))
            say(f"  {path.stem:{width}}  {text.splitlines()[0]}")
    return 0


COMMAND = Command(
    "recipes",
    "List the bundled recipes.",
    "",
    lambda values, arguments: None,
    _run,
    "The line above a group tells which command takes them.",
    loads_framework=False,
)
