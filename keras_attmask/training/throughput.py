"""How fast images go through the step, and how long it waits for them."""

import time

import keras


class Throughput(keras.callbacks.Callback):
    """Adds "images_per_second" to the logs, and "data_wait" if it can.

    The first step, which compiles, is left out.

    Time spent between epochs (evaluation, saving) is not counted; waiting
    for data is.

    Args:
        batch_size: images a step.
        waiting: optional `data.Waiting` that the batches run.

    Attributes:
        first_step_seconds: time to the end of the first step.
        seconds: time of all later steps, data included.
    """

    def __init__(self, batch_size, waiting=None):
        super().__init__()
        self.batch_size = batch_size
        self.waiting = waiting
        self.first_step_seconds = None
        self.seconds, self._steps, self._waited = 0.0, 0, 0.0
        self._mark = self._waited_mark = None

    def _set_marks(self):
        self._mark = time.perf_counter()
        self._waited_mark = self.waiting.seconds if self.waiting else 0.0

    def on_train_begin(self, logs=None):
        self._set_marks()

    def on_epoch_begin(self, epoch, logs=None):
        self._set_marks()

    def on_train_batch_end(self, batch, logs=None):
        seconds = time.perf_counter() - self._mark
        if self.first_step_seconds is None:
            self.first_step_seconds = seconds
        else:
            self.seconds += seconds
            self._steps += 1
            if self.waiting:
                self._waited += self.waiting.seconds - self._waited_mark
        self._set_marks()
        self._add_to(logs)

    def on_epoch_end(self, epoch, logs=None):
        self._add_to(logs)

    def _add_to(self, logs):
        if logs is None:
            return
        logs["images_per_second"] = self.images_per_second
        if self.waiting:
            logs["data_wait"] = self.data_wait

    @property
    def images_per_second(self):
        """Mean rate since the first step; 0 before the second."""
        if not self.seconds:
            return 0.0
        return self._steps * self.batch_size / self.seconds

    @property
    def data_wait(self):
        """Share of that time in which a batch was waited for, 0 to 1."""
        if not self.seconds:
            return 0.0
        return min(self._waited / self.seconds, 1.0)
