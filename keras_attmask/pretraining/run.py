"""A whole run: train, watch, measure, draw, export."""

import contextlib
import datetime
import errno
import pathlib
import time

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.compile_cache import keep_compiled
from keras_attmask.data import Unreadable
from keras_attmask.data import Waiting
from keras_attmask.errors import InputError
from keras_attmask.errors import from_threads
from keras_attmask.export import export_keras
from keras_attmask.export import export_saved_model
from keras_attmask.freed_memory import keep_freed_memory
from keras_attmask.pretraining import references
from keras_attmask.pretraining import resume
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.checks import check_source
from keras_attmask.pretraining.fitting import end_epoch
from keras_attmask.pretraining.fitting import fit_from
from keras_attmask.pretraining.initial import start_from
from keras_attmask.pretraining.pictures import draw_masks
from keras_attmask.pretraining.pictures import some_images
from keras_attmask.pretraining.run_lock import locked
from keras_attmask.training import run_folder
from keras_attmask.training.checkpoint import Stopped
from keras_attmask.training.checkpoints import Checkpoints
from keras_attmask.training.run_log import last_value
from keras_attmask.visualize import curve_sheet


def pretrain(recipe, run=None, report=print, accept_recipe=False):
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

    Returns:
        A dict, ready for JSON: "knn", "knn_random_init", "knn_raw_pixels"
        (fractions, None without labelled data), "seconds",
        "images_per_second", "run", "saved_model", "interrupted".

    Raises:
        InputError: for a setting that cannot be used; nothing is written.
            Also when too many images turn out to be unreadable on the way.
    """
    keep_freed_memory()
    keep_compiled()
    with from_threads("recipe.data.source"), contextlib.ExitStack() as stack:
        return _Run(recipe, run, report, accept_recipe, stack).whole()


def _default_folder(name):
    moment = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return pathlib.Path("runs") / f"{name}-{moment}"


class _Run:
    """The parts of one run and its order of events."""

    def __init__(self, recipe, run, report, accept_recipe, stack):
        self.start, self.recipe, self.report = time.time(), recipe, report
        self.resumes = resume.is_run(run)
        if self.resumes and not accept_recipe:
            resume.check_same(recipe, run)
        self.unreadable = Unreadable(recipe.data.unreadable)
        self.waiting = Waiting()
        self.source = build.training_source(recipe, self.unreadable)
        check_source(recipe, self.source)
        self.sources = build.evaluation_sources(recipe)
        self.preprocessing = build.preprocessing(recipe)
        check_export(recipe)
        self.steps = len(self.source) // recipe.training.batch_size
        with self._folder(run) as self.folder, contextlib.ExitStack() as undo:
            undo.enter_context(locked(self.folder))
            self.saved = Checkpoints(self.folder).newest(report)
            self.model = build.distiller(recipe, self.steps)
            self._announce()
            if self.saved is None:
                self._begin()
            self._make_online()
            self.references = (
                references.read(self.folder)
                if self.resumes
                else references.measure(recipe, self.sources, self.online)
            )
            if not self.resumes and self.references:
                self.report(references.sentence(self.references))
            stack.push(undo.pop_all())
        self._record()
        self._make_callbacks()

    def _folder(self, run):
        """Takes a new folder away again if the block fails."""
        if self.resumes:
            return contextlib.nullcontext(pathlib.Path(run))
        return run_folder.created(run or _default_folder(self.recipe.name))

    def _record(self):
        """Writes down what this run is made of; the recipe last."""
        references.write(self.references, self.folder)
        facts = {
            "versions.json": run_folder.versions(),
            "recipe.json": self.recipe.to_dict(),
        }
        for name, values in facts.items():
            run_folder.write_json(values, self.folder / name)

    def _make_callbacks(self):
        recipe = self.recipe
        plan = build.schedules(recipe, self.steps)
        epochs = recipe.training.epochs
        self.throughput = callbacks.Throughput(
            recipe.training.batch_size, self.waiting
        )
        self.log = callbacks.RunLog(
            self.folder,
            recipe.training.log_every,
            {n: getattr(plan, n) for n in ("learning_rate", "weight_decay")},
        )
        self.progress = callbacks.ProgressBar(epochs, self.steps)
        self.stop = callbacks.StopOnSignal()
        self.checkpoint = callbacks.Checkpoint(
            self.folder,
            recipe.training.save_minutes,
            recipe.training.keep,
            self.stop,
            self.log,
        )
        self.checkpoint.set_model(self.model)
        chain = [callbacks.TeacherEMA(plan.teacher_momentum), self.throughput]
        chain += [self.online] * (self.online is not None)
        chain += [callbacks.UnreadableReport(self.unreadable, self.folder)]
        # Last, what was logged is saved.
        self.chain = [*chain, self.progress, self.log, self.checkpoint]

    def whole(self):
        saved_model = None
        try:
            self._fit()
        except Stopped:
            self.report(
                f"stopped at step {int(self.model.step)}; "
                f"checkpoint and backbone are in {self.folder}; the same "
                f"command with --run={self.folder} goes on"
            )
        else:
            self._draw()
            saved_model = self._export()
        self.log.close()
        return self._result(saved_model)

    def _announce(self):
        student = self.model.student
        self.report(
            f"{self.recipe.name}: {len(self.source)} images from "
            f"{self.source.name}; ViT with {student.count_params():,} "
            f"parameters, grid {student.grid[0]}x{student.grid[1]}; "
            f"{self.recipe.training.epochs} epochs of {self.steps} steps; "
            f"run folder {self.folder}"
        )
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
        if not self.sources:
            return
        self.online = callbacks.OnlineKNN(
            self.sources,
            self.preprocessing,
            part.num_neighbors,
            part.temperature,
            part.every_epochs,
            self.recipe.training.epochs,
        )
        self.online.set_model(self.model)

    def _fit(self):
        step = self._go_on() if self.saved else self._start_log()
        with self.stop, self.progress:
            try:
                fit_from(
                    step,
                    self.model,
                    self._batches_from,
                    self.chain,
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
        )

    def _start_log(self):
        """Begins the metrics; returns the step."""
        self.log.clear()
        found = [v for k, v in self.references.items() if k != "raw pixels"]
        if found:
            self.log.write({"knn": found[0]}, step=0)
        return 0

    def _go_on(self):
        """Takes up the state that was saved; returns its step."""
        self.checkpoint.resume(self.saved)
        step, ended = self.saved.step, self.saved.facts["epoch_ended"]
        self.report(f"going on from step {step}")
        self.progress.skip(step)
        if step % self.steps == 0 and not ended:
            self.checkpoint.restore_metrics()
            end_epoch(step // self.steps - 1, self.model, self.chain)
        return step

    def _draw(self):
        curve_sheet(
            self.folder / "metrics.jsonl",
            self.folder / "curves.png",
            self.references,
        )
        draw_masks(
            self.model.teacher,
            self.recipe,
            self.sources[1] if self.sources else self.source,
            self.folder / "masks.png",
        )

    def _export(self):
        target = self.recipe.saved_model
        if not target:
            return None
        images = some_images(self.source, self.preprocessing)
        target = pathlib.Path(target)
        difference = export_saved_model(
            self.model.teacher,
            self.preprocessing,
            target / "saved_model",
            images,
        )
        export_keras(self.model.teacher, target / "backbone.keras")
        self.report(
            f"exported {target / 'saved_model'} and backbone.keras; in a "
            f"fresh TensorFlow process the largest difference is "
            f"{difference:.1e}"
        )
        return str(target / "saved_model")

    def _result(self, saved_model):
        measured = self.references
        return {
            "knn": last_value(self.folder / "metrics.jsonl", "knn"),
            "knn_random_init": measured.get("random network"),
            "knn_raw_pixels": measured.get("raw pixels"),
            "seconds": round(time.time() - self.start, 1),
            "images_per_second": round(self.throughput.images_per_second, 1),
            "run": str(self.folder),
            "saved_model": saved_model,
            "interrupted": self.stop.stopped,
        }
