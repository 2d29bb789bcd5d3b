"""A run folder that was begun before."""

import json
import pathlib

from keras_attmask.errors import InputError

# They change nothing in what is learned.
_FREE = {
    "saved_model",
    "data.processes",
    "training.log_every",
    "training.picture_epochs",
    "training.save_minutes",
    "training.keep",
    "training.skip_nonfinite",
}
_SHOWN = 5


def is_run(folder):
    """Whether a run has begun in a folder."""
    return folder is not None and _recipe_file(folder).is_file()


def _recipe_file(folder):
    return pathlib.Path(folder) / "recipe.json"


def _flat(values, prefix=""):
    found = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def check_same(recipe, folder):
    """Compares a recipe with that of a run folder.

    Args:
        recipe: a `Recipe`.
        folder: of an earlier run.

    Raises:
        InputError: names the fields that differ and matter.
    """
    old = _flat(json.loads(_recipe_file(folder).read_text("utf-8")))
    # Through JSON, where a tuple is a list.
    new = _flat(json.loads(json.dumps(recipe.to_dict())))
    lines = [
        f"{name}={new.get(name)!r} for {old.get(name)!r}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name) and name not in _FREE
    ]
    if lines:
        more = f" and {len(lines) - _SHOWN} more" * (len(lines) > _SHOWN)
        raise InputError(
            f"--run: expected the recipe that {str(folder)!r} was begun with, "
            f"or --accept_recipe; got {', '.join(lines[:_SHOWN])}{more}"
        )
