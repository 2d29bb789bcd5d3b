"""How fast images go through the step."""

import time

import keras


class Throughput(keras.callbacks.Callback):
    """Adds images a second to the logs, without the first step's compiling.

    Time spent between epochs (evaluation, saving) is not counted; waiting
    for data is.

    Args:
        batch_size: images a step.

    Attributes:
        first_step_seconds: time to the end of the first step.
    """

    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.first_step_seconds = None
        self._seconds, self._steps, self._mark = 0.0, 0, None

    def on_train_begin(self, logs=None):
        self._mark = time.perf_counter()

    def on_epoch_begin(self, epoch, logs=None):
        self._mark = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if self.first_step_seconds is None:
            self.first_step_seconds = now - self._mark
        else:
            self._seconds += now - self._mark
            self._steps += 1
        self._mark = now
        if logs is not None:
            logs["images_per_second"] = self.images_per_second

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["images_per_second"] = self.images_per_second

    @property
    def images_per_second(self):
        """Mean rate since the first step; 0 before the second."""
        if not self._seconds:
            return 0.0
        return self._steps * self.batch_size / self._seconds
