"""Scores for people and for other programs."""

import json
import os

from keras_attmask.atomic import whole

NO_SHARES = ("effective_rank", "learning_rate")  # numbers as they are


def recorded(scores, output, name):
    """Writes scores to `output/name.json` where a folder is given.

    Args:
        scores: dict of numbers.
        output: folder, made where it is missing; None writes nothing.
        name: of the protocol.

    Returns:
        `scores`.

    Raises:
        InputError: for a folder that cannot be written.
    """
    if output:
        with whole(os.path.join(output, f"{name}.json")) as path:
            path.write_text(json.dumps(scores, indent=2) + "\n", "utf-8")
    return scores


def shown(name, value):
    """A score for a person: shares in percent.

    Args:
        name: of the measure, perhaps behind what it is of and a slash.
        value: a number or a word.
    """
    if not isinstance(value, float):
        return str(value)
    if name.rpartition("/")[2] in NO_SHARES:
        return f"{value:.4g}"
    return f"{100 * value:.2f} %"
