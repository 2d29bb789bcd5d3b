"""The callbacks of a run."""

import keras

from keras_attmask import callbacks
from keras_attmask.data.order import BatchOrder


class Watchers:
    """What watches, logs and saves a run; of a host beside the chief, less.

    Args:
        recipe: a recipe of any kind.
        source: the training images.
        steps: steps an epoch.
        folder: the run folder, a `pathlib.Path`.
        devices: `distribution.Devices`.
        schedules: name -> schedule; their values are logged.
        waiting: `data.Waiting`, or None where nobody can tell.
        score: see `callbacks.Checkpoint`.
        write: likewise.

    Attributes:
        all: the callbacks, in their order, once `gather` has been called.
        stop: `StopOnSignal`, to be entered.
        progress: `ProgressBar`, likewise.
        log: `RunLog`.
        throughput: `Throughput`.
        checkpoint: `Checkpoint`.
    """

    def __init__(
        self,
        recipe,
        source,
        steps,
        folder,
        devices,
        schedules,
        waiting,
        score,
        write=None,
    ):
        part, self._devices, self._folder = recipe.training, devices, folder
        self.throughput = callbacks.Throughput(part.batch_size, waiting)
        self.log = callbacks.RunLog(folder, part.log_every, schedules)
        self.progress = callbacks.ProgressBar(
            part.epochs, steps, quiet=not devices.is_chief
        )
        self.stop = callbacks.StopOnSignal(devices)
        self.checkpoint = callbacks.Checkpoint(
            folder,
            part.save_minutes,
            part.keep,
            self.stop,
            self.log if devices.is_chief else None,
            devices,
            score,
            write,
        )
        self._finite = self._watch_numbers(part, source, steps)

    def _watch_numbers(self, part, source, steps):
        order = BatchOrder(len(source), part.batch_size, part.seed)
        return callbacks.StopOnNonFinite(
            part.skip_nonfinite,
            lambda step: [
                source.name_of(index)
                for index in order.indices(*divmod(step, steps))
            ],
            self.checkpoint.save,
            self.progress.say,
        )

    def gather(self, unreadable, grant, first=(), measures=(), pictures=()):
        """Puts them into their order, with those of one kind of run.

        Args:
            unreadable: `data.Unreadable`.
            grant: called after each step, see `huge_pages.withhold`.
            first: callbacks of every host.
            measures: of the chief, whose logs are shown and kept.
            pictures: of the chief, which look at what was logged.
        """
        self.all = [*first, self._finite, self.throughput]
        if self._devices.is_chief:
            self.all += measures
            report = callbacks.UnreadableReport(unreadable, self._folder)
            self.all += [report, self.progress, self.log, *pictures]
        self.all += [self.checkpoint]  # what was logged is saved
        granting = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: grant()
        )
        self.all += [granting]

    def share_of_saving(self):
        """Share of the time of training that checkpoints took, 0 to 1."""
        total = self.throughput.seconds + self.checkpoint.seconds
        return self.checkpoint.seconds / total if total else 0.0
