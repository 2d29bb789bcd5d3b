"""What runs of any kind are made of, and their order of events."""

import time

from keras_attmask import build
from keras_attmask.data import Unreadable
from keras_attmask.data import Waiting
from keras_attmask.pretraining.course import Course
from keras_attmask.pretraining.place import taken
from keras_attmask.training import run_folder


class TrainingRun:
    """One run; who derives from it says what is trained on what.

    That one sets `source`, `steps` and `model`, calls `take`, `announce` and
    `record`, and has the methods `make_watchers`, given what to call after
    each step; `batches_from`, given an epoch and a step; `finish`, which
    draws, exports and returns the place of the SavedModel or None; and
    `found`, what the result says beside time and place.

    Args:
        recipe: of any kind.
        report: called with a line of text for a person now and then.
        devices: `distribution.Devices` that train.
    """

    before = None  # metrics of the model as it is at first

    def __init__(self, recipe, report, devices):
        self.start, self.recipe, self.devices = time.time(), recipe, devices
        self.report = report if devices.is_chief else (lambda line: None)
        part = recipe.training
        devices.check(part.batch_size, part.accumulation)
        self.unreadable = Unreadable(recipe.data.unreadable)
        self.waiting = None if devices.feeds_ahead else Waiting()

    def take(self, run, accept_recipe, stack):
        """Takes the run folder; see `place.taken`."""
        self.place = stack.enter_context(
            taken(run, self.recipe, self.devices, self.report, accept_recipe)
        )
        self.folder = self.place.folder

    def announce(self, what):
        """Says what is trained, on what, and where it is written."""
        part = self.recipe.training
        self.report(
            f"{self.recipe.name}: {what}; {part.epochs} epochs of "
            f"{self.steps} steps; run folder {self.folder}"
        )
        self.report(self.devices.sentence(part.batch_size))
        if build.dtype_policy(self.recipe) != part.dtype:
            self.report(
                f"this processor does not multiply as {part.dtype} asks; "
                "computing in float32"
            )

    def record(self):
        """Writes down what this run is made of; the recipe last."""
        if not self.devices.is_chief:
            return
        facts = {
            "versions.json": run_folder.versions(),
            "recipe.json": self.recipe.to_dict(),
        }
        for name, values in facts.items():
            run_folder.write_json(values, self.folder / name)

    def whole(self, grant):
        """Trains, finishes, and returns the result.

        Args:
            grant: called after each step, see `huge_pages.withhold`.
        """
        watchers = self.make_watchers(grant)
        watchers.checkpoint.set_model(self.model)
        course = Course(
            self.model,
            watchers,
            self.place,
            self.recipe.training.epochs,
            self.steps,
            self.batches_from,
            self.devices,
            self.report,
        )
        saved_model = None
        if course.run(self.before) and self.devices.is_chief:
            saved_model = self.finish()
        watchers.log.close()
        self.devices.sum([0])  # wait for each other
        speed = watchers.throughput.images_per_second
        return {
            **self.found(),
            "seconds": round(time.time() - self.start, 1),
            "images_per_second": round(speed, 1),
            "saving": round(watchers.share_of_saving(), 4),
            "run": str(self.folder),
            "saved_model": saved_model,
            "interrupted": watchers.stop.stopped,
        }
