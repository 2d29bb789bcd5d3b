"""A whole fine-tuning: train, measure, draw, export."""

import math

from keras import ops

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.data import targets_of
from keras_attmask.errors import InputError
from keras_attmask.errors import naming
from keras_attmask.evaluation.scores import NAMES
from keras_attmask.finetuning import parts
from keras_attmask.finetuning.checks import check_source
from keras_attmask.finetuning.checks import check_targets
from keras_attmask.finetuning.keep_best import KeepBest
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.finish import export
from keras_attmask.pretraining.prepared import prepared
from keras_attmask.pretraining.training_run import TrainingRun
from keras_attmask.pretraining.watchers import Watchers
from keras_attmask.training.run_log import rows_with
from keras_attmask.visualize import curve_sheet


def finetune(
    recipe, run=None, report=print, accept_recipe=False, strategy="auto"
):
    """Trains a classifier on a backbone and leaves all in a run folder.

    In the folder of a run that was begun before, goes on where that stopped,
    to the same end. The network is the preset `model` in it, which
    `load_classifier` and `load_backbone` read by the folder's name, in float32;
    `best` beside it is that of the epoch with the best score.

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


class _Finetuning(TrainingRun):
    """A fine-tuning."""

    def __init__(self, recipe, run, report, accept_recipe, devices, stack):
        super().__init__(recipe, report, devices)
        self.names = NAMES[recipe.objective.task]
        with devices.scope():
            network = parts.backbone(recipe)
        self.prepare = parts.preprocessing(recipe, network.image_shape)
        self._open(network)
        check_export(recipe)
        self.steps = len(self.source) // recipe.training.batch_size
        with devices.scope():
            model = parts.classifier(recipe, network, self.targets)
            self.model = parts.finetuner(
                recipe, model, self.prepare, self.steps, devices
            )
        with devices.alone():
            self.finished = parts.finished(model)
            self.online = self._online()
        self._check_parts()
        self.take(run, accept_recipe, stack)
        self._announce()
        self._measure_first()
        self.record()

    def _open(self, network):
        """The images, and what is to be learned of them."""
        recipe, task = self.recipe, self.recipe.objective.task
        channels = network.image_shape[-1]
        source = parts.training_source(recipe, channels, self.unreadable)
        self.source, self.validation = parts.with_validation(recipe, source)
        check_source(recipe, self.source, network)
        with naming("recipe.data.train"):
            self.targets = targets_of(self.source, task)
        check_targets(self.targets, task)
        self.known = None
        if self.validation is not None:
            with naming("recipe.data.validation"):
                self.known = targets_of(
                    self.validation, task, self.targets.names
                )

    def _announce(self):
        recipe, model = self.recipe, self.model.student
        trained = sum(math.prod(w.shape) for w in self.model.trainable_weights)
        height, width, _ = model.image_shape
        self.announce(
            f"{recipe.objective.task} of {len(self.source)} images from "
            f"{self.source.name}, {self.targets.count} outputs; ViT of "
            f"{height}x{width} pixels with {model.count_params():,} "
            f"parameters, {trained:,} of them trained"
        )

    def make_watchers(self, grant):
        recipe = self.recipe
        watchers = Watchers(
            recipe,
            self.source,
            self.steps,
            self.folder,
            self.devices,
            {"learning_rate": parts.learning_rate(recipe, self.steps)},
            self.waiting,
            self.names[0],
            self._write,
        )
        measures = [self.online] * (self.online is not None)
        measures += [KeepBest(self.names[0], self.folder, self._write_best)]
        watchers.gather(self.unreadable, grant, measures=measures)
        return watchers

    def _check_parts(self):
        """Refuses parts of a batch in which there is nobody to mix with."""
        part, drawn = self.recipe.training, self.recipe.augmentation
        mixes = (drawn.mixup or drawn.cutmix) and drawn.mix_probability
        least = 2 * part.accumulation * self.devices.count
        if mixes and part.batch_size < least:
            raise InputError(
                f"recipe.training.batch_size: expected {least} or more, two "
                f"images for each device and part of the batch, to mix them, "
                f"got {part.batch_size}"
            )

    def _measure_first(self):
        """Measures what it begins with: what is wrong with images shows."""
        if self.online is None:
            self.report(
                "no data.validation and no data.hold_out: nothing is measured"
            )
        elif self.devices.is_chief and self.place.saved is None:
            self.online.set_model(self.model)
            with naming("recipe.data.validation"):
                self.before = self.online.measure()

    def _online(self):
        if self.validation is None or not self.devices.is_chief:
            return None
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

    def _filled(self):
        """The network as it is now, as users want it."""
        pairs = zip(self.finished.weights, self.model.kept.weights, strict=True)
        for mine, theirs in pairs:
            mine.assign(ops.convert_to_numpy(theirs.value))
        return self.finished

    def _write(self, network):
        self._write_to(self.folder / "model")

    def _write_best(self, folder):
        with self.devices.alone():  # Keras makes variables as it saves
            self._write_to(folder)

    def _write_to(self, folder):
        self._filled().save_to_preset(folder, self.prepare)

    def batches_from(self, epoch, step):
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

    def finish(self):
        """Draws and exports; returns the place of the SavedModel, or None."""
        curve_sheet(
            self.folder / "metrics.jsonl",
            self.folder / "curves.png",
            {},
            self.names[0],
        )
        if not self.recipe.saved_model:
            return None
        return export(
            self.recipe.saved_model,
            self._filled(),
            self.validation or self.source,
            self.prepare,
            self.report,
            {"recipe": self.recipe.name, **self._last_of(self._measured())},
            "classifier",
        )

    def _last_of(self, rows):
        last = rows[-1] if rows else {}
        return {n: last.get(n) for n in self.names}

    def found(self):
        rows = self._measured()
        best = max(rows, key=lambda row: row[self.names[0]], default={})
        return {
            **self._last_of(rows),
            "best": best.get(self.names[0]),
            "best_epoch": best["epoch"] + 1 if best else None,
        }

    def _measured(self):
        """Lines of the metrics file that hold scores."""
        return rows_with(self.folder / "metrics.jsonl", self.names[0])
