"""attmask recipes"""

import ast

from keras_attmask.commands import recipe_flag
from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say


def _run(values, words):
    require_words(words, [])
    paths = sorted(recipe_flag.bundled_folder().glob("*.py"))
    width = max(len(path.stem) for path in paths)
    for path in paths:
        text = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        say(f"{path.stem:{width}}  {text.splitlines()[0]}")
    return 0


COMMAND = Command(
    "recipes",
    "List the bundled recipes.",
    "",
    lambda values, arguments: None,
    _run,
    "attmask pretrain --recipe=NAME starts one of them.",
    loads_framework=False,
)
