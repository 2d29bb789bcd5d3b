"""A whole run: train, watch, measure, draw, export."""

import contextlib
import errno
import time

import keras

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask import huge_pages
from keras_attmask.compile_cache import keep_compiled
from keras_attmask.data import Unreadable
from keras_attmask.data import Waiting
from keras_attmask.deterministic import use_deterministic_operations
from keras_attmask.distribution import naming_lost_hosts
from keras_attmask.distribution import set_up
from keras_attmask.errors import InputError
from keras_attmask.errors import from_threads
from keras_attmask.freed_memory import keep_freed_memory
from keras_attmask.pretraining import references
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.checks import check_source
from keras_attmask.pretraining.finish import draw_curves
from keras_attmask.pretraining.finish import export
from keras_attmask.pretraining.fitting import end_epoch
from keras_attmask.pretraining.fitting import fit_from
from keras_attmask.pretraining.initial import start_from
from keras_attmask.pretraining.place import taken
from keras_attmask.pretraining.watchers import Watchers
from keras_attmask.training import run_folder
from keras_attmask.training.checkpoint import Stopped
from keras_attmask.training.run_log import last_value


def pretrain(
    recipe, run=None, report=print, accept_recipe=False, strategy="auto"
):
    """Trains by a recipe and leaves everything in a run folder.

    In the folder of a run that was begun before, goes on where that stopped,
    to the same end.

    The process keeps the memory that it frees from then on, see
    `freed_memory`.

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
    keep_freed_memory()
    keep_compiled()
    grant = huge_pages.withhold()
    if recipe.training.deterministic:
        use_deterministic_operations()
    devices = strategy
    if isinstance(strategy, str):
        devices = set_up(strategy)
    with (
        naming_lost_hosts(devices),
        from_threads("recipe.data.source"),
        contextlib.ExitStack() as stack,
    ):
        stack.callback(grant)
        run = _Run(recipe, run, report, accept_recipe, devices, stack)
        run.watchers.all.append(
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: grant()
            )
        )
        return run.whole()


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
        self.watchers = Watchers(
            recipe,
            self.source,
            self.steps,
            self.folder,
            devices,
            self.online,
            self.unreadable,
            self.waiting,
        )
        self.watchers.checkpoint.set_model(self.model)

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

    def whole(self):
        saved_model = None
        try:
            self._fit()
        except Stopped:
            self.report(
                f"stopped at step {self.model.steps_made}; "
                f"checkpoint and backbone are in {self.folder}; the same "
                f"command with --run={self.folder} goes on"
            )
        else:
            if self.devices.is_chief:
                saved_model = self._finish()
        self.watchers.log.close()
        self.devices.sum([0])  # wait for each other
        return self._result(saved_model)

    def _finish(self):
        """Draws and exports; returns the place of the SavedModel, or None."""
        draw_curves(self.folder, self.references)
        if not self.recipe.saved_model:
            return None
        teacher = self.devices.own(self.model.teacher).network
        return export(
            self.recipe.saved_model,
            teacher,
            self.source,
            self.preprocessing,
            self.report,
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

    def _fit(self):
        step = self._go_on() if self.place.saved else self._start_log()
        watchers = self.watchers
        with watchers.stop, watchers.progress, self.devices.fitting():
            try:
                fit_from(
                    step,
                    self.model,
                    self._batches_from,
                    watchers.all,
                    self.recipe.training.epochs,
                    self.steps,
                )
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                raise InputError(
                    f"--run: expected room to write, got none in "
                    f"{str(self.folder)!r} ({error.strerror}); the "
                    "same command goes on from its last checkpoint"
                ) from error

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

    def _start_log(self):
        """Begins the metrics; returns the step."""
        if not self.devices.is_chief:
            return 0
        self.watchers.log.clear()
        found = [v for k, v in self.references.items() if k != "raw pixels"]
        if found:
            self.watchers.log.write({"knn": found[0]}, step=0)
        return 0

    def _go_on(self):
        """Takes up the state that was saved; returns its step."""
        watchers, saved = self.watchers, self.place.saved
        watchers.checkpoint.resume(saved)
        step, ended = saved.step, saved.facts["epoch_ended"]
        self.report(f"going on from step {step}")
        watchers.progress.skip(step)
        if step % self.steps == 0 and not ended:
            watchers.checkpoint.restore_metrics()
            end_epoch(step // self.steps - 1, self.model, watchers.all)
        return step

    def _result(self, saved_model):
        measured = self.references
        return {
            "knn": last_value(self.folder / "metrics.jsonl", "knn"),
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
