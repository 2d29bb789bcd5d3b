"""Scores that stay when the program has ended."""

import json
import os

from keras_attmask.atomic import whole


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
