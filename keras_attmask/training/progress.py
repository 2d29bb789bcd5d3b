"""The progress bar of a run."""

import keras
from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import TextColumn
from rich.progress import TimeElapsedColumn
from rich.progress import TimeRemainingColumn

_SCORES = {
    "knn": "k-NN",
    "view_retrieval": "view retrieval",
    "accuracy": "accuracy",
    "mean_average_precision": "mAP",
    "r2": "R2",
}


def _summary(logs):
    parts = [f"loss {logs['loss']:.3f}"]
    if logs.get("images_per_second"):
        parts.append(f"{logs['images_per_second']:.0f} img/s")
    if "data_wait" in logs:
        parts.append(f"data wait {100 * logs['data_wait']:.0f} %")
    for key, name in _SCORES.items():
        if key in logs:
            parts.append(f"{name} {100 * logs[key]:.1f} %")
    return "  ".join(parts)


class ProgressBar(keras.callbacks.Callback):
    """One bar for the whole run, and a line for each epoch.

    Without a terminal only the lines are printed.

    Args:
        epochs: of the run.
        steps_per_epoch: steps an epoch.
        console: where to print; standard error by default.
        quiet: show nothing.
    """

    def __init__(self, epochs, steps_per_epoch, console=None, quiet=False):
        super().__init__()
        self.epochs, self._quiet = epochs, quiet
        self.console = console or Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[summary]}"),
            TextColumn("time"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            disable=quiet or not self.console.is_terminal,
        )
        total = epochs * steps_per_epoch
        self._task = self._bar.add_task(
            "compiling the step", total=total, summary=""
        )

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *error):
        self._bar.stop()

    def say(self, line):
        """Prints a line above the bar."""
        if not self._quiet:
            self.console.print(line, markup=False, soft_wrap=True)

    def skip(self, steps):
        """Counts steps that an earlier process made."""
        self._bar.update(self._task, completed=steps)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        self._bar.update(
            self._task,
            advance=1,
            description=f"epoch {self._epoch}/{self.epochs}",
            summary=_summary(logs),
        )

    def on_epoch_end(self, epoch, logs=None):
        self.console.print(f"epoch {epoch + 1}/{self.epochs}  {_summary(logs)}")
