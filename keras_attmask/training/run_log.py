"""What a run writes down: JSON lines and TensorBoard scalars."""

import json
import time

import keras

_LOSSES = ("loss", "cls_loss", "patch_loss")
# What every line of steps has: an epoch's line is for what it measured.
_OF_STEPS = {*_LOSSES, "images_per_second", "data_wait", "teacher_momentum"}


class RunLog(keras.callbacks.Callback):
    """Writes metrics every few steps and at the end of each epoch.

    Keras logs the mean since the epoch began; the lines hold the mean since
    the line before. Keys that other callbacks add to the logs are written
    as they are.

    Args:
        folder: run folder; gets `metrics.jsonl` and `tensorboard/`.
        every: steps between two lines.
        schedules: name -> schedule; their values join each line.
    """

    def __init__(self, folder, every, schedules=None):
        super().__init__()
        self._path = folder / "metrics.jsonl"
        self._board_folder = folder / "tensorboard"
        self._board = None
        self.every = every
        self.schedules = schedules or {}
        self._step, self._epoch, self._start = 0, 0, time.time()
        self._reset_window()

    def _reset_window(self):
        self._passed = self._seen = 0  # steps of the epoch; those in lines
        self._sums = dict.fromkeys(_LOSSES, 0.0)

    def on_train_begin(self, logs=None):
        self._step = int(self.model.step)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._reset_window()

    def on_train_batch_end(self, batch, logs=None):
        self._step += 1
        self._passed = batch + 1
        if self._step % self.every == 0:
            self.write(self._window(logs))

    def on_epoch_end(self, epoch, logs=None):
        values = logs or {}
        if self._passed > self._seen:
            values = self._window(values)
        else:
            values = {k: v for k, v in values.items() if k not in _OF_STEPS}
        if values:
            self.write(values)

    def _window(self, logs):
        """Means of the losses over the steps since the last line."""
        values = dict(logs)
        for name in set(_LOSSES) & set(logs):
            total = float(logs[name]) * self._passed
            steps = self._passed - self._seen
            values[name] = (total - self._sums[name]) / steps
            self._sums[name] = total
        self._seen = self._passed
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

    def _writer(self):
        if self._board is None:
            from tensorboardX import SummaryWriter

            self._board = SummaryWriter(str(self._board_folder))
        return self._board

    def close(self):
        """Flushes TensorBoard's file."""
        if self._board is not None:
            self._board.close()
