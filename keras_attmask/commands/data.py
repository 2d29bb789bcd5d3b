"""attmask data"""

import json
import os
import sys

from absl import flags

from keras_attmask.commands.command import Command
from keras_attmask.commands.command import require_words
from keras_attmask.commands.command import say
from keras_attmask.errors import InputError
from keras_attmask.errors import naming

DETAILS = """
check DATA decodes every image of a folder, glob, list of paths, .npz file,
shards, bundled: or tfds: name, and names what cannot be used: files that are
no images, cut off, or too large to be true, and images smaller than a patch.
It changes nothing. Exit status 1 means that something was found.

  attmask data check my_images
  attmask data check "photos/**/*.jpg" --patch-size=8 --json
"""
_NAMED = 20


def _define(values, arguments):
    flags.DEFINE_integer(
        "patch_size",
        16,
        "pixels; images with a shorter side are named",
        1,
        flag_values=values,
    )
    flags.DEFINE_bool(
        "json",
        False,
        "print everything as one JSON object, the last line of the output",
        flag_values=values,
    )


def _inspect(source, patch_size):
    """Inspects under a progress bar, if somebody is watching."""
    from rich.console import Console
    from rich.progress import Progress

    from keras_attmask.data.inspection import inspect_images

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("images", total=len(source))
        return inspect_images(
            source,
            patch_size,
            lambda count: bar.update(task, completed=count),
        )


def _lines(found, others):
    """The findings for a person."""
    yield f"{found.images} images" + (
        f" in {found.classes} classes" if found.classes else ", no labels"
    )
    if found.smallest:
        yield "sizes (height x width) from {}x{} to {}x{}".format(
            *found.smallest, *found.largest
        )
    if others:
        yield f"{len(others)} other files are passed over, {others[0]} say"
    small = [f"{name} ({h}x{w})" for name, (h, w) in found.small]
    unreadable = [reason for _, reason in found.unreadable]
    for title, names in (
        ("unreadable", unreadable),
        ("smaller than a patch", small),
    ):
        if names:
            share = len(names) / found.images
            yield f"{len(names)} {title} ({share:.2%}):"
            yield from (f"  {name}" for name in names[:_NAMED])
        if len(names) > _NAMED:
            yield f"  and {len(names) - _NAMED} more: --json has all"
    if found.sound:
        yield "nothing is wrong"


def _as_json(found, others):
    return json.dumps(
        {
            "images": found.images,
            "classes": found.classes,
            "smallest": found.smallest,
            "largest": found.largest,
            "unreadable": [
                {"image": name, "reason": reason}
                for name, reason in found.unreadable
            ],
            "small": [
                {"image": name, "size": size} for name, size in found.small
            ],
            "passed_over": others,
        }
    )


def _run(values, words):
    what, data = require_words(words, ["check", "DATA"])
    if what != "check":
        raise InputError(f"arguments: expected check DATA, got {what!r}")
    from keras_attmask.data import open_source
    from keras_attmask.data.image_files import other_files

    with naming("DATA"):
        source = open_source(data)
    others = other_files(data) if os.path.isdir(data) else []
    found = _inspect(source, values.patch_size)
    for line in _lines(found, others):
        print(line, file=sys.stderr if values.json else sys.stdout)
    if values.json:
        say(_as_json(found, others))
    return 0 if found.sound else 1


COMMAND = Command(
    "data",
    "Find out beforehand what is wrong with images.",
    "check DATA [flags]",
    _define,
    _run,
    DETAILS,
)
