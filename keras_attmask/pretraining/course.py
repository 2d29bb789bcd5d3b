"""The course of a run: begun or gone on, trained, and ended in order."""

import errno

from keras_attmask.errors import InputError
from keras_attmask.pretraining.fitting import end_epoch
from keras_attmask.pretraining.fitting import fit_from
from keras_attmask.training.checkpoint import Stopped


class Course:
    """Trains a model from where its run folder stands.

    Args:
        model: compiled.
        watchers: `Watchers`, gathered.
        place: `Place` of the run.
        epochs: of the run.
        steps: an epoch.
        batches_from: function of an epoch and a step in it that returns
            what `fit` takes from there on.
        devices: `distribution.Devices`.
        report: called with a line of text for a person now and then.
    """

    def __init__(
        self,
        model,
        watchers,
        place,
        epochs,
        steps,
        batches_from,
        devices,
        report,
    ):
        self._model, self._watchers, self._place = model, watchers, place
        self._epochs, self._steps = epochs, steps
        self._batches_from, self._devices = batches_from, devices
        self._report = report

    def run(self, before=None):
        """Trains to the end, unless a signal comes.

        Args:
            before: metrics of the model as it is at first, a dict.

        Returns:
            Whether it came to the end.

        Raises:
            InputError: when the disk is full.
        """
        if self._place.saved:
            step = self._go_on()
        else:
            step = self._begin(before)
        try:
            self._fit(step)
        except Stopped:
            self._report(
                f"stopped at step {self._model.steps_made}; its state is in "
                f"{self._place.folder}; the same command with "
                f"--run={self._place.folder} goes on"
            )
            return False
        return True

    def _fit(self, step):
        watchers = self._watchers
        with watchers.stop, watchers.progress, self._devices.fitting():
            try:
                fit_from(
                    step,
                    self._model,
                    self._batches_from,
                    watchers.all,
                    self._epochs,
                    self._steps,
                )
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                raise InputError(
                    f"--run: expected room to write, got none in "
                    f"{str(self._place.folder)!r} ({error.strerror}); the "
                    "same command goes on from its last checkpoint"
                ) from error

    def _begin(self, before):
        """Begins the metrics; returns the step."""
        if self._devices.is_chief:
            self._watchers.log.clear()
            if before:
                self._watchers.log.write(before, step=0)
        return 0

    def _go_on(self):
        """Takes up the state that was saved; returns its step."""
        watchers, saved = self._watchers, self._place.saved
        watchers.checkpoint.resume(saved)
        step, ended = saved.step, saved.facts["epoch_ended"]
        self._report(f"going on from step {step}")
        watchers.progress.skip(step)
        if step % self._steps == 0 and not ended:
            watchers.checkpoint.restore_metrics()
            end_epoch(step // self._steps - 1, self._model, watchers.all)
        return step
