"""The states of a run on disk, each of them whole or not there."""

import dataclasses
import hashlib
import json
import os
import pathlib
import shutil

from keras_attmask.errors import InputError

_WEIGHTS, _FACTS = "state.weights.h5", "facts.json"
_NEW = "writing"
# Grows by one when what is saved is laid out in another way.
_LAYOUT = 2


@dataclasses.dataclass(frozen=True)
class Saved:
    """A state on disk.

    Attributes:
        folder: where it is.
        facts: what was saved beside the weights; "step" is how many steps
            led to it.
    """

    folder: pathlib.Path
    facts: dict

    @classmethod
    def read(cls, folder):
        """The state in a folder that another host has found to be whole.

        Raises:
            InputError: where this host sees none.
        """
        facts = _facts(folder)
        if not facts:
            raise InputError(
                f"--run: expected a folder that all hosts see, got "
                f"{str(folder)!r}, which is not on this one"
            )
        return cls(folder, facts)

    @property
    def step(self):
        return self.facts["step"]

    def load(self, model):
        """Sets all variables of a model, its optimizer's too.

        Args:
            model: built and compiled as the one that was saved.
        """
        model.load_weights(self.folder / _WEIGHTS)


class Checkpoints:
    """The folder `checkpoints` of a run.

    A state is a folder `step-00001234`: `state.weights.h5` holds student,
    teacher, heads, centres, optimizer and step; `facts.json` the rest and a
    checksum. It is written under another name and renamed when it is on the
    disk, so a run may end at any moment.

    Args:
        run: the run folder.
        keep: how many of the newest states to keep. The one with the best
            fact "score" stays too.
    """

    def __init__(self, run, keep=2):
        self.folder = pathlib.Path(run) / "checkpoints"
        self._keep = keep

    def save(self, model, facts):
        """Adds a state, and removes what need not be kept.

        Args:
            model: compiled and built.
            facts: dict, ready for JSON, with "step".
        """
        new = self.folder / _NEW
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        try:
            model.save_weights(new / _WEIGHTS)
            checksum = _on_disk(new / _WEIGHTS)
            facts = {**facts, "layout": _LAYOUT, "checksum": checksum}
            (new / _FACTS).write_text(json.dumps(facts) + "\n", "utf-8")
            _on_disk(new / _FACTS)
            place = self.folder / f"step-{facts['step']:08d}"
            self._put(new, place)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        self._prune()

    def _put(self, new, place):
        """Gives a state its name; one of that name goes when it is there."""
        old = place.with_name(place.name + ".old")  # `newest` finds it too
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            os.replace(place, old)
        os.replace(new, place)
        _settle(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def newest(self, report=print):
        """The newest whole state, or None.

        Args:
            report: called with a line for each newer one that is damaged.

        Raises:
            InputError: when it is of another version of this package.
        """
        for place in reversed(self._places()):
            fault = _fault(place)
            if fault is None:
                return _understood(Saved(place, _facts(place)))
            report(f"{place} is damaged ({fault}); trying the one before")
        return None

    def _places(self):
        return sorted(self.folder.glob("step-*"))

    def _prune(self):
        places = self._places()
        scores = {place: _facts(place).get("score") for place in places}
        known = [place for place in places if scores[place] is not None]
        kept = set(places[-self._keep :])
        if known:
            kept.add(max(known, key=scores.get))
        for place in set(places) - kept:
            shutil.rmtree(place)


def _understood(saved):
    layout = saved.facts.get("layout", 1)
    if layout != _LAYOUT:
        raise InputError(
            f"--run: expected a state of layout {_LAYOUT}, got layout {layout} "
            f"in {str(saved.folder)!r}, which another version of keras_attmask "
            "wrote; finish the run with that one"
        )
    return saved


def _facts(place):
    try:
        return json.loads((place / _FACTS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _fault(place):
    """What is wrong with a state, or None."""
    facts = _facts(place)
    if "checksum" not in facts:
        return f"no {_FACTS}"
    try:
        with open(place / _WEIGHTS, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"{_WEIGHTS}: {error.strerror}"
    return None if found == facts["checksum"] else f"checksum of {_WEIGHTS}"


def _on_disk(path):
    """Waits until a file is on the disk; returns its SHA-256."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(folder):
    """Waits until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
