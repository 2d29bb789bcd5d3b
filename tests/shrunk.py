"""Recipes for whole runs in tests, and what such a run wrote down."""

import json
import pathlib

from tiny import TINY

from keras_attmask.recipe import make_recipe


def recipe(**changes):
    """The quickstart shrunk as in `tiny.TINY`, then changed by path."""
    from keras_attmask.commands import recipe_flag

    config = recipe_flag.load_recipe_file(recipe_flag.find("quickstart"))
    values = {
        word.split("=")[0].removeprefix("--recipe."): word.split("=")[1]
        for word in TINY[1:]
    }
    for path, text in {**values, **changes}.items():
        *sections, field = path.replace("__", ".").split(".")
        section = config
        for name in sections:
            section = section[name]
        kind = type(section[field])
        if isinstance(text, str) and kind is not str:
            text = text == "true" if kind is bool else kind(text)
        section[field] = text
    return make_recipe(config)


def rows(folder):
    text = (pathlib.Path(folder) / "metrics.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]
