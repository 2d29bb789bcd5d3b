"""Revisited Oxford and Paris, as revisitop downloads them.

    roxford5k/gnd_roxford5k.pkl     rparis6k/gnd_rparis6k.pkl
    roxford5k/jpg/all_souls_000013.jpg

The pickle holds "imlist" and "qimlist", names of images without ".jpg", and
"gnd", for each query a dict: "bbx", the part of the image that is searched
for (left, top, right, bottom), and "easy", "hard" and "junk", places in
"imlist".
"""

import dataclasses
import os

import numpy as np

from keras_attmask.data.layouts.plain_pickle import read_plain_pickle
from keras_attmask.data.layouts.tables import held
from keras_attmask.data.layouts.tables import holder
from keras_attmask.data.layouts.tables import present
from keras_attmask.errors import InputError

_NAMES = ("roxford5k", "rparis6k")
_FILES = tuple(f"gnd_{name}.pkl" for name in _NAMES)
JUDGEMENTS = ("easy", "hard", "junk")


@dataclasses.dataclass(frozen=True)
class Revisited:
    """One of the two benchmarks.

    Attributes:
        name: folder that it was read from.
        queries: paths of images that are searched with.
        boxes: for each the part that counts: left, top, right, bottom.
        database: paths of images that are searched.
        truth: for each query a dict of "easy", "hard" and "junk": int64
            arrays of places in `database`.
    """

    name: str
    queries: list
    boxes: list
    database: list
    truth: list


def is_revisited(path):
    """Whether that is one of the two folders, or the one around them."""
    return holder(path, _FILES, _NAMES) is not None


def open_revisited(path):
    """Opens one of the two benchmarks.

    Args:
        path: roxford5k or rparis6k, or the folder around one of them.

    Returns:
        `Revisited`.

    Raises:
        InputError: a missing or broken file, by name; a folder around both.
    """
    folder = held(path, _FILES, _NAMES)
    both = [os.path.join(path, name) for name in _NAMES]
    if folder != os.fspath(path) and all(map(os.path.isdir, both)):
        raise InputError(
            f"data: expected one benchmark, got two: name {both[0]} or "
            f"{both[1]}"
        )
    file = next(
        found
        for found in (os.path.join(folder, name) for name in _FILES)
        if os.path.isfile(found)
    )
    read = read_plain_pickle(file)
    names = [_names(read, key, file) for key in ("qimlist", "imlist")]
    queries, database = (
        present([os.path.join(folder, "jpg", f"{n}.jpg") for n in part], file)
        for part in names
    )
    rows = _rows(read, len(queries), file)
    truth = [_judged(row, len(database), file) for row in rows]
    boxes = [_box(row, file) for row in rows]
    return Revisited(folder, queries, boxes, database, truth)


def _broken(file, expected):
    return InputError(f"data: expected {expected} in {file}, got none")


def _names(read, key, file):
    names = read.get(key) if isinstance(read, dict) else None
    fits = isinstance(names, list) and names
    if not fits or not all(isinstance(name, str) for name in names):
        raise _broken(file, f"names of images as {key!r}")
    return names


def _rows(read, count, file):
    rows = read.get("gnd")
    fits = isinstance(rows, list) and len(rows) == count
    if not fits or not all(isinstance(row, dict) for row in rows):
        raise _broken(file, f"{count} dicts, one a query, as 'gnd'")
    return rows


def _judged(row, count, file):
    """Places in the database, of each judgement."""
    found = {}
    for name in JUDGEMENTS:
        try:
            places = np.asarray(row[name]).reshape(-1)
        except (KeyError, ValueError) as error:
            raise _broken(file, f"{name!r} of each query") from error
        numbers = not places.size or places.dtype.kind in "iu"
        if not numbers or not np.all((places >= 0) & (places < count)):
            raise _broken(file, f"places from 0 to {count - 1} as {name!r}")
        found[name] = places.astype("int64")
    return found


def _box(row, file):
    """Left, top, right and bottom, four floats."""
    try:
        box = tuple(float(number) for number in row["bbx"])
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(file, "'bbx' of each query") from error
    left, top, right, bottom = box if len(box) == 4 else (0.0,) * 4
    if not (left < right < np.inf and top < bottom < np.inf):
        raise _broken(file, "left, top, right and bottom as 'bbx'")
    return box
