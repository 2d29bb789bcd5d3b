"""A whole run: train, watch, measure, draw, export."""

import contextlib
import datetime
import pathlib
import time

from keras_attmask import build
from keras_attmask import callbacks
from keras_attmask.compile_cache import keep_compiled
from keras_attmask.data import Preprocessing
from keras_attmask.data import Unreadable
from keras_attmask.data import Waiting
from keras_attmask.errors import from_threads
from keras_attmask.evaluation import knn_accuracy
from keras_attmask.evaluation import knn_classify
from keras_attmask.evaluation import raw_pixel_features
from keras_attmask.export import export_keras
from keras_attmask.export import export_saved_model
from keras_attmask.freed_memory import keep_freed_memory
from keras_attmask.pretraining.checks import check_export
from keras_attmask.pretraining.checks import check_source
from keras_attmask.pretraining.initial import start_from
from keras_attmask.pretraining.pictures import draw_masks
from keras_attmask.pretraining.pictures import some_images
from keras_attmask.training import run_folder
from keras_attmask.visualize import curve_sheet


def pretrain(recipe, run=None, report=print):
    """Trains by a recipe and leaves everything in a run folder.

    The process keeps the memory that it frees from then on, see
    `freed_memory`.

    Args:
        recipe: a `recipe.Recipe`.
        run: path of a new folder; None makes `runs/<recipe>-<date>`.
        report: called with a line of text for a person now and then.

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
    with from_threads("recipe.data.source"):
        return _Run(recipe, run, report).whole()


def _default_folder(name):
    moment = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return pathlib.Path("runs") / f"{name}-{moment}"


class _Run:
    """The parts of one run and its order of events."""

    def __init__(self, recipe, run, report):
        self.start, self.recipe, self.report = time.time(), recipe, report
        self.unreadable = Unreadable(recipe.data.unreadable)
        self.waiting = Waiting()
        self.source = build.training_source(recipe, self.unreadable)
        check_source(recipe, self.source)
        self.sources = build.evaluation_sources(recipe)
        self.preprocessing = build.preprocessing(recipe)
        check_export(recipe)
        self.steps = len(self.source) // recipe.training.batch_size
        self.references, self.scores = {}, {"knn": None}
        with run_folder.created(run or _default_folder(recipe.name)) as folder:
            self.folder = folder
            self.batches = build.batches(
                recipe, self.source, self.unreadable, self.waiting
            )
            self.model = build.distiller(recipe, self.steps)
            self._announce()
            self._begin()
            self._measure_start()
        self._record()
        self._make_callbacks()

    def _record(self):
        """Writes down what this run is made of."""
        facts = {
            "recipe.json": self.recipe.to_dict(),
            "versions.json": run_folder.versions(),
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
        self.checkpoint = callbacks.Checkpoint(self.folder)
        if self.references:
            self.log.write({"knn": self.references[self.untrained]}, step=0)
        chain = [callbacks.TeacherEMA(plan.teacher_momentum)]
        chain += [self.throughput, self.stop, self.checkpoint]
        chain += [self.online] * (self.online is not None)
        chain += [callbacks.UnreadableReport(self.unreadable, self.folder)]
        self.chain = [*chain, self.progress, self.log]

    def whole(self):
        history = self._fit()
        self.scores["knn"] = history.get("knn", [None])[-1]
        saved_model = None
        if self.stop.stopped:
            self.report(
                f"stopped at step {int(self.model.step)}; "
                f"checkpoint and backbone are in {self.folder}"
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

    def _measure_start(self):
        """k-NN on raw pixels and on the network as it is."""
        self.online, part = None, self.recipe.evaluation
        begun = self.recipe.training.initial
        self.untrained = "initial weights" if begun else "random network"
        if not self.sources:
            return
        self.online = callbacks.OnlineKNN(
            self.sources,
            self.preprocessing,
            part.num_neighbors,
            part.temperature,
            part.every_epochs,
        )
        self.online.set_model(self.model)
        self.references = {
            "raw pixels": _raw_pixel_knn(self.recipe, self.sources),
            self.untrained: self.online.measure(),
        }
        shown = ", ".join(
            f"{name} {100 * value:.1f} %"
            for name, value in self.references.items()
        )
        self.report(f"k-NN before training: {shown}")

    def _fit(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.stop)
            stack.enter_context(self.progress)
            try:
                history = self.model.fit(
                    self.batches,
                    epochs=self.recipe.training.epochs,
                    steps_per_epoch=_fit_steps(self.batches, self.steps),
                    callbacks=self.chain,
                    shuffle=False,
                    verbose=0,
                )
            except KeyboardInterrupt:
                self.checkpoint.save()
                raise
        return history.history

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
        references = self.references
        return {
            "knn": self.scores["knn"],
            "knn_random_init": references.get("random network"),
            "knn_raw_pixels": references.get("raw pixels"),
            "seconds": round(time.time() - self.start, 1),
            "images_per_second": round(self.throughput.images_per_second, 1),
            "run": str(self.folder),
            "saved_model": saved_model,
            "interrupted": self.stop.stopped,
        }


def _fit_steps(batches, steps):
    """Keras counts the steps of a `PyDataset` by itself."""
    return None if hasattr(batches, "__getitem__") else steps


def _raw_pixel_knn(recipe, sources):
    part, channels = recipe.evaluation, recipe.data.channels
    size = recipe.views.global_size
    plain = Preprocessing(
        (size, size, channels),
        (0.0,) * channels,
        (1.0,) * channels,
        part.crop_ratio,
    )
    bank, queries = (raw_pixel_features(s, plain) for s in sources)
    ranking = knn_classify(
        bank,
        sources[0].labels,
        queries,
        part.num_neighbors,
        part.temperature,
    )
    return knn_accuracy(ranking, sources[1].labels)["knn"]
