"""A whole fine-tuning: train, measure, draw, export."""

import json
import time

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.data import Unreadable
from keras_attmask.data import Waiting
from keras_attmask.data import targets_of
from keras_attmask.errors import naming
from keras_attmask.evaluation.scores import NAMES
from keras_attmask.finetuning import parts
from keras_attmask.finetuning.checks import check_source
from keras_attmask.finetuning.checks import check_targets
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.course import Course
from keras_attmask.pretraining.finish import export
from keras_attmask.pretraining.place import taken
from keras_attmask.pretraining.prepared import prepared
from keras_attmask.pretraining.watchers import Watchers
from keras_attmask.training import run_folder
from keras_attmask.visualize import curve_sheet


def finetune(
    recipe, run=None, report=print, accept_recipe=False, strategy="auto"
):
    """Trains a classifier on a backbone and leaves all in a run folder.

    In the folder of a run that was begun before, goes on where that stopped,
    to the same end. The finished network is the preset `model` in it, which
    `load_classifier` and `load_backbone` read by the folder's name.

    Args:
        recipe: a `recipe.finetuning.FinetuneRecipe`.
        run: path of a new folder, or of an earlier run's; None makes
            `runs/<recipe>-<date>`.
        report: called with a line of text for a person now and then.
        accept_recipe: go on although the recipe differs from the folder's.
        strategy: which devices train, see `distribution.set_up`; or
            `Devices` that were set up before.

    Returns:
        A dict, ready for JSON: what `evaluation.scores` found last, "best"
        (of the first of them) and "best_epoch" (all None without validation
        images), "seconds", "images_per_second", "saving" (share of the time
        of `fit` that checkpoints took), "run", "saved_model", "interrupted".

    Raises:
        InputError: for a setting that cannot be used; nothing is written.
            Also when too many images turn out to be unreadable on the way.
        LostHost: when another host has ended.
    """
    with prepared(
        strategy, recipe.training.deterministic, "recipe.data.train"
    ) as (devices, grant, stack):
        run = _Finetuning(recipe, run, report, accept_recipe, devices, stack)
        return run.whole(grant)


class _Finetuning:
    """The parts of one run and its order of events."""

    def __init__(self, recipe, run, report, accept_recipe, devices, stack):
        self.start, self.recipe, self.devices = time.time(), recipe, devices
        self.report = report if devices.is_chief else (lambda line: None)
        self.metric = NAMES[recipe.objective.task][0]
        devices.check(recipe.training.batch_size, recipe.training.accumulation)
        self.unreadable = Unreadable(recipe.data.unreadable)
        self.waiting = None if devices.feeds_ahead else Waiting()
        with devices.scope():
            network = parts.backbone(recipe)
        self.prepare = parts.preprocessing(recipe, network.image_shape)
        self._open(network)
        check_export(recipe)
        with devices.scope():
            model = parts.classifier(recipe, network, self.targets)
            self.steps = len(self.source) // recipe.training.batch_size
            self.model = parts.finetuner(
                recipe, model, self.prepare, self.steps, devices
            )
        self.place = stack.enter_context(
            taken(run, recipe, devices, self.report, accept_recipe)
        )
        self.folder = self.place.folder
        self._announce()
        self._record()

    def _open(self, network):
        """The images, and what is to be learned of them."""
        recipe, task = self.recipe, self.recipe.objective.task
        channels = network.image_shape[-1]
        self.source = parts.training_source(recipe, channels, self.unreadable)
        check_source(recipe, self.source, network)
        with naming("recipe.data.train"):
            self.targets = targets_of(self.source, task)
        check_targets(self.targets, task)
        self.validation, self.known = parts.validation_source(recipe), None
        if self.validation is not None:
            with naming("recipe.data.validation"):
                self.known = targets_of(
                    self.validation, task, self.targets.names
                )

    def _announce(self):
        recipe, model = self.recipe, self.model.student
        trained = sum(w.numpy().size for w in self.model.trainable_weights)
        size = model.image_shape[0]
        self.report(
            f"{recipe.name}: {recipe.objective.task} of {len(self.source)} "
            f"images from {self.source.name}, {self.targets.count} outputs; "
            f"ViT of {size}x{size} pixels with {model.count_params():,} "
            f"parameters, {trained:,} trained; {recipe.training.epochs} "
            f"epochs of {self.steps} steps; run folder {self.folder}"
        )
        self.report(self.devices.sentence(recipe.training.batch_size))
        if build.dtype_policy(recipe) != recipe.training.dtype:
            self.report(
                f"this processor does not multiply as "
                f"{recipe.training.dtype} asks; computing in float32"
            )

    def _record(self):
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
        saved_model = None
        if course.run() and self.devices.is_chief:
            saved_model = self._finish()
        self.watchers.log.close()
        self.devices.sum([0])  # wait for each other
        return self._result(saved_model)

    def _make_watchers(self, grant):
        recipe = self.recipe
        watchers = Watchers(
            recipe,
            self.source,
            self.steps,
            self.folder,
            self.devices,
            {"learning_rate": parts.learning_rate(recipe, self.steps)},
            self.waiting,
            self.metric,
            self._write,
        )
        measures = [self._online()] * (self.validation is not None)
        watchers.gather(self.unreadable, grant, measures=measures)
        return watchers

    def _online(self):
        part = self.recipe.evaluation
        return callbacks.OnlineScores(
            self.validation,
            self.known,
            self.prepare,
            self.recipe.objective.task,
            part.batch_size,
            part.every_epochs,
            self.recipe.training.epochs,
            self.devices,
        )

    def _write(self, network):
        network.save_to_preset(self.folder / "model", self.prepare)

    def _batches_from(self, epoch, step):
        return build.batches(
            self.recipe,
            self.source,
            self.unreadable,
            self.waiting,
            start_epoch=epoch,
            start_step=step,
            devices=self.devices,
            law=parts.view_law(self.recipe, self.model.student.image_shape),
            beside={"target": parts.learned(self.model.student, self.targets)},
        )

    def _finish(self):
        """Draws and exports; returns the place of the SavedModel, or None."""
        curve_sheet(
            self.folder / "metrics.jsonl",
            self.folder / "curves.png",
            {},
            self.metric,
        )
        if not self.recipe.saved_model:
            return None
        return export(
            self.recipe.saved_model,
            self.devices.own(self.model.kept).network,
            self.validation or self.source,
            self.prepare,
            self.report,
            {"recipe": self.recipe.name, **self._last_scores()},
            "classifier",
        )

    def _last_scores(self):
        last = (self._measured() or [{}])[-1]
        return {n: last.get(n) for n in NAMES[self.recipe.objective.task]}

    def _result(self, saved_model):
        rows = self._measured()
        best = max(rows, key=lambda row: row[self.metric], default={})
        watchers = self.watchers
        speed = watchers.throughput.images_per_second
        return {
            **self._last_scores(),
            "best": best.get(self.metric),
            "best_epoch": best["epoch"] + 1 if best else None,
            "seconds": round(time.time() - self.start, 1),
            "images_per_second": round(speed, 1),
            "saving": round(watchers.share_of_saving(), 4),
            "run": str(self.folder),
            "saved_model": saved_model,
            "interrupted": watchers.stop.stopped,
        }

    def _measured(self):
        """Lines of the metrics file that hold scores."""
        path = self.folder / "metrics.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        rows = [json.loads(line) for line in lines]
        return [row for row in rows if self.metric in row]
