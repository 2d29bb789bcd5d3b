"""A whole run: train, watch, measure, draw, export."""

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.evaluation import unlabelled
from keras_attmask.pretraining import references
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.checks import check_source
from keras_attmask.pretraining.finish import export
from keras_attmask.pretraining.initial import start_from
from keras_attmask.pretraining.mask_pictures import MaskPictures
from keras_attmask.pretraining.prepared import prepared
from keras_attmask.pretraining.training_run import TrainingRun
from keras_attmask.pretraining.watchers import Watchers
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


class _Run(TrainingRun):
    """A pretraining."""

    def __init__(self, recipe, run, report, accept_recipe, devices, stack):
        super().__init__(recipe, report, devices)
        self.source = build.training_source(recipe, self.unreadable)
        check_source(recipe, self.source)
        self.sources = build.evaluation_sources(recipe)
        self.preprocessing = build.preprocessing(recipe)
        check_export(recipe)
        self.steps = len(self.source) // recipe.training.batch_size
        self.take(run, accept_recipe, stack)
        with devices.scope():
            self.model = build.distiller(recipe, self.steps, devices)
        student = self.model.student
        self.announce(
            f"{len(self.source)} images from {self.source.name}; ViT with "
            f"{student.count_params():,} parameters, grid "
            f"{student.grid[0]}x{student.grid[1]}"
        )
        if self.place.saved is None:
            self._begin()
        self._make_online()
        self.references = self._measure_references()
        if devices.is_chief:
            references.write(self.references, self.folder)
        self.record()

    @property
    def before(self):
        known = self.references.items()
        found = [value for name, value in known if name != "raw pixels"]
        return {self.score: found[0]} if found else None

    @property
    def score(self):
        """The name of what is measured on the way."""
        alone = self.sources is not None and len(self.sources) == 1
        return "view_retrieval" if alone else "knn"

    def _measure_references(self):
        """Accuracies to compare with, measured once a run."""
        if not self.devices.is_chief:
            return {}
        if self.place.resumes:
            return references.read(self.folder)
        found = references.measure(self.recipe, self.sources, self.online)
        if found:
            self.report(references.sentence(found, self.score))
        return found

    def make_watchers(self, grant):
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
            self.score,
        )
        patience = max(100, recipe.training.epochs * self.steps // 20)
        measures = [callbacks.CollapseMonitor(patience)]
        measures += [self.online] * (self.online is not None)
        drawn = self.sources[-1] if self.online else self.source
        watchers.gather(
            self.unreadable,
            grant,
            [callbacks.TeacherEMA(plan.teacher_momentum)],
            measures,
            [MaskPictures(recipe, drawn, folder, watchers.log, devices)],
        )
        return watchers

    def finish(self):
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

    def _begin(self):
        """Takes over weights, where the recipe names some."""
        initial = self.recipe.training.initial
        if initial:
            taken = start_from(self.model, initial)
            self.report(f"began with {taken} of {initial}")

    def _make_online(self):
        """What is measured on the way: k-NN, or what needs no labels."""
        self.online, part = None, self.recipe.evaluation
        if not self.sources or not self.devices.is_chief:
            return
        when = {
            "every_epochs": part.every_epochs,
            "epochs": self.recipe.training.epochs,
            "devices": self.devices,
        }
        if len(self.sources) == 1:
            self.online = callbacks.Evaluate(
                unlabelled, self.sources[0], self.preprocessing, **when
            )
        else:
            self.online = callbacks.OnlineKNN(
                self.sources,
                self.preprocessing,
                part.num_neighbors,
                part.temperature,
                **when,
            )
        self.online.set_model(self.model)

    def batches_from(self, epoch, step):
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

    def found(self):
        found = {
            "knn": self._last_knn(),
            "knn_random_init": None,
            "knn_raw_pixels": self.references.get("raw pixels"),
        }
        if self.score != "knn":
            file = self.folder / "metrics.jsonl"
            found[self.score] = last_value(file, self.score)
        before = f"{self.score}_random_init"
        return {**found, before: self.references.get("random network")}
