"""A whole run: train, watch, measure, draw, export."""

import time

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.data import Unreadable
from keras_attmask.data import Waiting
from keras_attmask.pretraining import references
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.checks import check_source
from keras_attmask.pretraining.course import Course
from keras_attmask.pretraining.finish import export
from keras_attmask.pretraining.initial import start_from
from keras_attmask.pretraining.mask_pictures import MaskPictures
from keras_attmask.pretraining.place import taken
from keras_attmask.pretraining.prepared import prepared
from keras_attmask.pretraining.watchers import Watchers
from keras_attmask.training import run_folder
from keras_attmask.training.run_log import last_value
from keras_attmask.visualize import curve_sheet


def pretrain(
    recipe, run=None, report=print, accept_recipe=False, strategy="auto"
):
    """Trains by a recipe and leaves everything in a run folder.

    In the folder of a run that was begun before, goes on where that stopped,
    to the same end. See `prepared` for what becomes of the process.

    Args:
        recipe: a `recipe.Recipe`.
        run: path of a new folder, or of an earlier run's; None makes
            `runs/<recipe>-<date>`.
        report: called with a line of text for a person now and then.
        accept_recipe: go on although the recipe differs from the folder's.
        strategy: which devices train, see `distribution.set_up`; or
            `Devices` that were set up before.

    Returns:
        A dict, ready for JSON: "knn", "knn_random_init", "knn_raw_pixels"
        (fractions, None without labelled data), "seconds",
        "images_per_second", "saving" (share of the time of `fit` that
        checkpoints took), "run", "saved_model", "interrupted".

    Raises:
        InputError: for a setting that cannot be used; nothing is written.
            Also when too many images turn out to be unreadable on the way.
        LostHost: when another host has ended.
    """
    with prepared(
        strategy, recipe.training.deterministic, "recipe.data.source"
    ) as (devices, grant, stack):
        run = _Run(recipe, run, report, accept_recipe, devices, stack)
        return run.whole(grant)


class _Run:
    """The parts of one run and its order of events."""

    def __init__(self, recipe, run, report, accept_recipe, devices, stack):
        self.start, self.recipe, self.devices = time.time(), recipe, devices
        self.report = report if devices.is_chief else (lambda line: None)
        part = recipe.training
        devices.check(part.batch_size, part.accumulation)
        self.unreadable = Unreadable(recipe.data.unreadable)
        self.waiting = None if devices.feeds_ahead else Waiting()
        self.source = build.training_source(recipe, self.unreadable)
        check_source(recipe, self.source)
        self.sources = build.evaluation_sources(recipe)
        self.preprocessing = build.preprocessing(recipe)
        check_export(recipe)
        self.steps = len(self.source) // part.batch_size
        self.place = stack.enter_context(
            taken(run, recipe, devices, self.report, accept_recipe)
        )
        self.folder = self.place.folder
        with devices.scope():
            self.model = build.distiller(recipe, self.steps, devices)
        self._announce()
        if self.place.saved is None:
            self._begin()
        self._make_online()
        self.references = self._measure_references()
        self._record()

    def _measure_references(self):
        """Accuracies to compare with, measured once a run."""
        if not self.devices.is_chief:
            return {}
        if self.place.resumes:
            return references.read(self.folder)
        found = references.measure(self.recipe, self.sources, self.online)
        if found:
            self.report(references.sentence(found))
        return found

    def _record(self):
        """Writes down what this run is made of; the recipe last."""
        if not self.devices.is_chief:
            return
        references.write(self.references, self.folder)
        facts = {
            "versions.json": run_folder.versions(),
            "recipe.json": self.recipe.to_dict(),
        }
        for name, values in facts.items():
            run_folder.write_json(values, self.folder / name)

    def whole(self, grant):
        self.watchers = self._make_watchers(grant)
        self.watchers.checkpoint.set_model(self.model)
        course = Course(
            self.model,
            self.watchers,
            self.place,
            self.recipe.training.epochs,
            self.steps,
            self._batches_from,
            self.devices,
            self.report,
        )
        saved_model, names = None, list(self.references)
        before = [self.references[n] for n in names if n != "raw pixels"]
        if course.run({"knn": before[0]} if before else None):
            if self.devices.is_chief:
                saved_model = self._finish()
        self.watchers.log.close()
        self.devices.sum([0])  # wait for each other
        return self._result(saved_model)

    def _make_watchers(self, grant):
        recipe, folder, devices = self.recipe, self.folder, self.devices
        plan = build.schedules(recipe, self.steps)
        watchers = Watchers(
            recipe,
            self.source,
            self.steps,
            folder,
            devices,
            {n: getattr(plan, n) for n in ("learning_rate", "weight_decay")},
            self.waiting,
            "knn",
        )
        patience = max(100, recipe.training.epochs * self.steps // 20)
        measures = [callbacks.CollapseMonitor(patience)]
        measures += [self.online] * (self.online is not None)
        drawn = self.online.data[1] if self.online else self.source
        watchers.gather(
            self.unreadable,
            grant,
            [callbacks.TeacherEMA(plan.teacher_momentum)],
            measures,
            [MaskPictures(recipe, drawn, folder, watchers.log, devices)],
        )
        return watchers

    def _finish(self):
        """Draws and exports; returns the place of the SavedModel, or None."""
        curve_sheet(
            self.folder / "metrics.jsonl",
            self.folder / "curves.png",
            self.references,
        )
        if not self.recipe.saved_model:
            return None
        teacher = self.devices.own(self.model.teacher).network
        return export(
            self.recipe.saved_model,
            teacher,
            self.source,
            self.preprocessing,
            self.report,
            {"recipe": self.recipe.name, "knn": self._last_knn()},
        )

    def _announce(self):
        student = self.model.student
        self.report(
            f"{self.recipe.name}: {len(self.source)} images from "
            f"{self.source.name}; ViT with {student.count_params():,} "
            f"parameters, grid {student.grid[0]}x{student.grid[1]}; "
            f"{self.recipe.training.epochs} epochs of {self.steps} steps; "
            f"run folder {self.folder}"
        )
        self.report(self.devices.sentence(self.recipe.training.batch_size))
        if build.dtype_policy(self.recipe) != self.recipe.training.dtype:
            self.report(
                f"this processor does not multiply as "
                f"{self.recipe.training.dtype} asks; computing in float32"
            )

    def _begin(self):
        """Takes over weights, where the recipe names some."""
        initial = self.recipe.training.initial
        if initial:
            taken = start_from(self.model, initial)
            self.report(f"began with {taken} of {initial}")

    def _make_online(self):
        """The measurement of k-NN, where there are labelled images."""
        self.online, part = None, self.recipe.evaluation
        if not self.sources or not self.devices.is_chief:
            return
        self.online = callbacks.OnlineKNN(
            self.sources,
            self.preprocessing,
            part.num_neighbors,
            part.temperature,
            part.every_epochs,
            self.recipe.training.epochs,
            self.devices,
        )
        self.online.set_model(self.model)

    def _batches_from(self, epoch, step):
        return build.batches(
            self.recipe,
            self.source,
            self.unreadable,
            self.waiting,
            start_epoch=epoch,
            start_step=step,
            devices=self.devices,
        )

    def _last_knn(self):
        return last_value(self.folder / "metrics.jsonl", "knn")

    def _result(self, saved_model):
        measured = self.references
        return {
            "knn": self._last_knn(),
            "knn_random_init": measured.get("random network"),
            "knn_raw_pixels": measured.get("raw pixels"),
            "seconds": round(time.time() - self.start, 1),
            "images_per_second": round(
                self.watchers.throughput.images_per_second, 1
            ),
            "saving": round(self.watchers.share_of_saving(), 4),
            "run": str(self.folder),
            "saved_model": saved_model,
            "interrupted": self.watchers.stop.stopped,
        }
