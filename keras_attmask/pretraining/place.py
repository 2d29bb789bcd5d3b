"""Where a run writes, and where it goes on from."""

import contextlib
import dataclasses
import datetime
import pathlib

from keras_attmask.errors import InputError
from keras_attmask.pretraining import resume
from keras_attmask.pretraining.run_lock import locked
from keras_attmask.training import run_folder
from keras_attmask.training.checkpoints import Checkpoints
from keras_attmask.training.checkpoints import Saved


@dataclasses.dataclass(frozen=True)
class Place:
    """A run folder, taken.

    Attributes:
        folder: `pathlib.Path`.
        resumes: whether a run was begun there before.
        saved: the `Saved` to go on from, or None.
    """

    folder: pathlib.Path
    resumes: bool
    saved: Saved | None


@contextlib.contextmanager
def taken(run, recipe, devices, report, accept_recipe=False):
    """Takes a run folder, for all hosts.

    The chief looks, makes and locks; the others hear from it. A folder made
    here and left empty goes again.

    Args:
        run: path of a new folder, or of an earlier run's; None makes
            `runs/<recipe>-<date>`.
        recipe: a `recipe.Recipe`.
        devices: `distribution.Devices`.
        report: called with a line of text now and then.
        accept_recipe: go on although the recipe differs from the folder's.

    Yields:
        `Place`.

    Raises:
        InputError: for a folder that cannot be used, on all hosts.
    """
    if not devices.is_chief:
        yield _heard(devices.tell())
        return
    with contextlib.ExitStack() as stack:
        try:
            place = _take(run, recipe, report, accept_recipe, stack)
        except InputError as error:
            devices.tell({"error": str(error)[:1000]})
            raise
        devices.tell(
            {
                "folder": str(place.folder),
                "resumes": place.resumes,
                "saved": place.saved and str(place.saved.folder),
            }
        )
        yield place


def _take(run, recipe, report, accept_recipe, stack):
    resumes = resume.is_run(run)
    if not resumes:
        made = run_folder.created(run or _default(recipe.name))
        folder = stack.enter_context(made)
    else:
        folder = pathlib.Path(run)
        if not accept_recipe:
            resume.check_same(recipe, folder)
    stack.enter_context(locked(folder))
    return Place(folder, resumes, Checkpoints(folder).newest(report))


def _default(name):
    moment = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return pathlib.Path("runs") / f"{name}-{moment}"


def _heard(told):
    if "error" in told:
        raise InputError(told["error"])
    saved = told["saved"] and Saved.read(pathlib.Path(told["saved"]))
    return Place(pathlib.Path(told["folder"]), told["resumes"], saved)
