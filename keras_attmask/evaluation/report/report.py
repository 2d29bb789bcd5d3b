"""All that data allow to measure, in one folder."""

import json
import os
import re
import tempfile
import time

from keras_attmask.atomic import whole
from keras_attmask.errors import InputError
from keras_attmask.evaluation.feature_cache import FeatureCache
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.report.markdown import as_markdown
from keras_attmask.evaluation.report.picture import draw_report
from keras_attmask.evaluation.report.tasks import tasks_of


def _quiet(line):
    """Nobody is told."""


def report(
    backbone,
    data,
    preprocessing=None,
    batch_size=256,
    limit=None,
    output="report",
    name="backbone",
    say=_quiet,
):
    """Measures a backbone in every way that data allow.

    Images with labels, in train/ and test/ (or val/): `knn`, `linear` (a
    sweep), `lowshot`, `masked`, and of the test images what any images with
    labels allow: `cluster`, `retrieval`. Images without labels: `unlabelled`.
    Folders in published layouts: `video`, `retrieval`, `backgrounds`,
    `segmentation`, `attention`. Fine-tuning, which takes long and has a
    recipe, is not among them.

    Args:
        backbone: `VisionTransformer`, or a `Reader` of one.
        data: a list of names, see `tasks_of`, or a dict from a word to
            images; a single one is taken for a list of itself.
        preprocessing: `data.Preprocessing`, see `Reader`.
        batch_size: images a step of the backbone.
        limit: use that many images of each part; None uses all.
        output: folder for `report.md`, `report.json`, `report.png`, and
            what each protocol writes, in `DATA/PROTOCOL`.
        name: what the report calls the backbone.
        say: function that is told what is being measured, line by line.

    Returns:
        A dict of numbers, "DATA/PROTOCOL/MEASURE".

    Raises:
        InputError: data that cannot be read, a folder that cannot be
            written, or nothing that could be measured. What one protocol
            cannot use is told in the report, and the others go on.
    """
    reader = Reader.of(backbone, preprocessing, batch_size)
    named = _named(data)
    train = _teachers(named)
    planned = {key: tasks_of(d, limit, train) for key, d in named.items()}
    found = {"backbone": name, "data": {}, "left_out": {}}
    with tempfile.TemporaryDirectory() as passing:
        kept, reader.cache = reader.cache, reader.cache or FeatureCache(passing)
        try:
            for key, tasks in planned.items():
                _measure(reader, key, tasks, output, found, say)
        except BaseException:
            if any(found["data"].values()):  # what was measured is kept
                _write(found, output)
            raise
        finally:
            reader.cache = kept
    if not any(found["data"].values()):
        reasons = [
            r for row in found["left_out"].values() for r in row.values()
        ]
        raise InputError(
            f"data: expected something to measure, got none ({reasons[0]})"
        )
    _write(found, output)
    return {
        f"{key}/{protocol}/{measure}": value
        for key, protocols in found["data"].items()
        for protocol, scores in protocols.items()
        for measure, value in scores.items()
    }


def _named(data):
    """From short names, fit for folders, to data."""
    if not isinstance(data, (dict, list)):
        data = [data]
    if not data:
        raise InputError("data: expected one data set or more, got none")
    if isinstance(data, dict):
        return _checked_words(data)
    named = {}
    for number, part in enumerate(data):
        word = f"data{number}"
        if isinstance(part, (str, os.PathLike)):
            # Of "..", too, the name of the folder that it is.
            last = os.path.basename(os.path.abspath(os.fspath(part)))
            last = last.rpartition(":")[2]
            word = re.sub(r"[^\w.-]+", "_", last) or word
        while word in named:
            word += "_"
        named[word] = part
    return named


def _checked_words(data):
    """A dict whose words can be folders inside of the report's."""
    for word in data:
        if not isinstance(word, str) or not re.fullmatch(
            r"(?!\.+$)[^/\\\0]+", word
        ):
            raise InputError(
                "data: expected words that can be names of folders, got "
                f"{word!r}"
            )
    return data


def _teachers(named):
    """Labelled images that may teach a head for data without any."""
    for data in named.values():
        if isinstance(data, (str, os.PathLike)):
            folder = os.path.join(data, "train")
            if os.path.isdir(folder):
                return folder
    return None


def _measure(reader, key, tasks, output, found, say):
    """Runs all tasks of some data; what one cannot use is noted."""
    scores = found["data"][key] = {}
    reasons = found["left_out"].setdefault(key, {})
    for task in tasks:
        say(f"{key}: {task.protocol}")
        begun = time.monotonic()
        folder = os.path.join(output, key, task.protocol)
        try:
            scores[task.protocol] = task.run(reader, output=folder)
        except InputError as error:
            reasons[task.protocol] = str(error)
            say(f"{key}: {task.protocol} left out ({error})")
            continue
        except BaseException as error:
            reasons[task.protocol] = f"broken off by {type(error).__name__}"
            raise
        spent = time.monotonic() - begun
        say(f"{key}: {task.protocol} took {spent:.0f} s")
    if not reasons:
        del found["left_out"][key]


def _write(found, output):
    with whole(os.path.join(output, "report.json")) as path:
        path.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    draw_report(found, os.path.join(output, "report.png"))
    pictures = _pictures(output)
    with whole(os.path.join(output, "report.md")) as path:
        path.write_text(as_markdown(found, pictures), "utf-8")


def _pictures(output):
    """Paths of all pictures below, relative to the folder."""
    found = []
    for folder, _, files in os.walk(output):
        for file in files:
            if file.endswith(".png") and file != "report.png":
                path = os.path.join(folder, file)
                # Masks of films are results, not pictures to look at.
                if not file.removesuffix(".png").isdigit():
                    found.append(os.path.relpath(path, output))
    return sorted(found)
