"""What a run writes down: JSON lines and TensorBoard scalars."""

import json
import time

import keras
import numpy as np
from PIL import Image

from keras_attmask.training.monitors import NAMES
from keras_attmask.training.monitors import OF_ATTENTION

# Means over steps: of the model's metrics, that is.
_MEANS = ("loss", "cls_loss", "patch_loss", *NAMES, OF_ATTENTION)
# What every line of steps has: an epoch's line is for what it measured.
_OF_STEPS = {*_MEANS, "skipped", "images_per_second", "data_wait"}
_OF_STEPS |= {"teacher_momentum"}


class RunLog(keras.callbacks.Callback):
    """Writes metrics every few steps and at the end of each epoch.

    Keras logs the mean since the epoch began; the lines hold the mean since
    the line before, without steps that were left out; "skipped" counts
    those. Keys that other callbacks add to the logs are written as they are.

    Args:
        folder: run folder; gets `metrics.jsonl` and `tensorboard/`.
        every: steps between two lines.
        schedules: name -> schedule; their values join each line.
    """

    def __init__(self, folder, every, schedules=None):
        super().__init__()
        self._path = folder / "metrics.jsonl"
        self._board_folder = folder / "tensorboard"
        self._board = self._purge_step = None
        self.every = every
        self.schedules = schedules or {}
        self._step, self._epoch, self._start = 0, 0, time.time()
        self._resumed = False
        self._reset_window()

    def _reset_window(self):
        self._passed = self._seen = 0  # steps of the epoch; those in lines
        self._counted = 0  # of those in lines, without those left out
        self._sums = dict.fromkeys(_MEANS, 0.0)

    def on_train_begin(self, logs=None):
        self._step = self.model.steps_made

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if not self._resumed:
            self._reset_window()
        self._resumed = False

    def on_train_batch_end(self, batch, logs=None):
        self._step += 1
        self._passed += 1
        if self._step % self.every == 0:
            self.write(self._window(logs))

    def on_epoch_end(self, epoch, logs=None):
        self._resumed = False
        values = logs or {}
        if self._passed > self._seen:
            values = self._window(values)
        else:
            values = {k: v for k, v in values.items() if k not in _OF_STEPS}
        if values:
            self.write(values)

    def clear(self):
        """Removes lines of a run that saved nothing before it ended."""
        self._path.unlink(missing_ok=True)

    def state(self):
        """What `resume` takes, ready for JSON."""
        return {
            "bytes": self._path.stat().st_size if self._path.exists() else 0,
            "seconds": time.time() - self._start,
            "step": self._step,
            "epoch": self._epoch,
            "passed": self._passed,
            "seen": self._seen,
            "counted": self._counted,
            "sums": self._sums,
        }

    def resume(self, state, within_epoch):
        """Goes on from a state; later lines go.

        Args:
            state: of `state`, maybe in another process.
            within_epoch: whether its epoch goes on too.
        """
        with open(self._path, "a", encoding="utf-8") as file:
            file.truncate(state["bytes"])
        self._start = time.time() - state["seconds"]
        self._step, self._epoch = state["step"], state["epoch"]
        self._purge_step = self._step + 1  # of what TensorBoard has
        if within_epoch:
            self._passed, self._seen = state["passed"], state["seen"]
            self._counted = state["counted"]
            self._sums, self._resumed = dict(state["sums"]), True

    def _window(self, logs):
        """Means of the losses over the steps since the last line."""
        values = dict(logs)
        counted = self._passed - int(values.pop("skipped", 0))
        steps = counted - self._counted
        for name in set(_MEANS) & set(logs):
            total = float(values.pop(name)) * counted
            if steps:
                values[name] = (total - self._sums[name]) / steps
            self._sums[name] = total
        skipped = self._passed - self._seen - steps
        if skipped:
            values["skipped"] = skipped
        self._seen, self._counted = self._passed, counted
        for name, schedule in self.schedules.items():
            values[name] = float(schedule(self._step - 1))
        return values

    def write(self, values, step=None):
        """Writes one line, and the same values as TensorBoard scalars."""
        step = self._step if step is None else step
        values = {name: float(value) for name, value in values.items()}
        line = {
            "step": step,
            "epoch": self._epoch,
            "seconds": round(time.time() - self._start, 2),
            **values,
        }
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        for name, value in values.items():
            self._writer().add_scalar(name, value, step)

    def picture(self, name, path):
        """Adds an image file to TensorBoard, at the step of the last line."""
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        self._writer().add_image(name, pixels, self._step, dataformats="HWC")

    def _writer(self):
        if self._board is None:
            from tensorboardX import SummaryWriter

            self._board = SummaryWriter(
                str(self._board_folder), purge_step=self._purge_step
            )
        return self._board

    def close(self):
        """Flushes TensorBoard's file."""
        if self._board is not None:
            self._board.close()


def last_value(path, name):
    """The latest value of a metric after the first step, or None.

    Args:
        path: `metrics.jsonl`.
        name: of the metric.
    """
    rows = rows_with(path, name)
    return rows[-1][name] if rows else None


def rows_with(path, name):
    """Lines that hold a metric, after the first step.

    Args:
        path: `metrics.jsonl`.
        name: of the metric.

    Returns:
        A list of dicts, in order.
    """
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if name in row and row["step"] > 0]
