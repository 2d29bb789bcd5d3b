"""When the state of a run is saved, and how a run goes on from it."""

import math
import time

import keras

from keras_attmask.distribution import Devices
from keras_attmask.errors import InputError
from keras_attmask.training.checkpoints import Checkpoints
from keras_attmask.training.run_folder import require_space
from keras_attmask.training.run_folder import save_weights


class Stopped(Exception):
    """`fit` was left because a signal had come; the state is saved."""


class Checkpoint(keras.callbacks.Callback):
    """Saves a model at the end of epochs, and in long ones between.

    What is saved is in `Checkpoints`; beside it stands what a user wants of
    the model.

    Put it behind the callbacks whose logs it keeps.

    Args:
        folder: run folder, a `pathlib.Path`.
        minutes: between two states within an epoch; None for epochs' ends
            alone.
        keep: see `Checkpoints`.
        stop: optional `StopOnSignal`. After its signal, the state is saved
            at the end of the step, and `Stopped` raised.
        log: optional `RunLog`, whose state is saved too.
        devices: `distribution.Devices` that train; their chief saves.
        score: key of the logs by which a state is the best.
        write: called with `model.kept`, the network that a run is made for,
            to write it; None writes its weights, `backbone.weights.h5`.

    Attributes:
        seconds: that saving took, in which training waited.
    """

    def __init__(
        self,
        folder,
        minutes=None,
        keep=2,
        stop=None,
        log=None,
        devices=Devices(),
        score="knn",
        write=None,
    ):
        super().__init__()
        self.folder = folder
        self._write, self._score = write or self._write_weights, score
        self.seconds = 0.0
        self._minutes, self._stop, self._log = minutes, stop, log
        self._devices = devices
        self._store = Checkpoints(folder, keep)
        self._last = time.monotonic()
        self._metrics = None

    def save(self, epoch_ended=False, score=None):
        """Writes the state and what stands beside it.

        Raises:
            InputError: when the disk is full, say; the last state stays.
        """
        if not self._devices.is_chief:
            return
        try:
            with self._devices.alone():  # Keras makes variables as it saves
                self._save(epoch_ended, score)
        except OSError as error:
            reason = error.strerror or " ".join(str(error).split())
            raise InputError(
                f"--run: expected room for a checkpoint in "
                f"{str(self.folder)!r}, got none ({reason}); what was saved "
                "there before is whole, and the same command goes on from it"
            ) from error

    def _save(self, epoch_ended, score):
        start = time.monotonic()
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()  # `fit` keeps the state to itself
        facts = {
            "step": self.model.steps_made,
            "epoch_ended": epoch_ended,
            "score": score,
            "metrics": self._values_of_metrics(),
            "log": self._log and self._log.state(),
        }
        require_space(self.folder, self._size())
        self._store.save(self.model, facts)
        self._write(self.model.kept)
        self._last = time.monotonic()
        self.seconds += self._last - start

    def _write_weights(self, network):
        save_weights(network, self.folder / "backbone.weights.h5")

    def resume(self, saved):
        """Has the next `fit` go on where a state was saved.

        Args:
            saved: `Saved`; its weights are loaded.
        """
        saved.load(self.model)
        within = not saved.facts["epoch_ended"]
        self._metrics = saved.facts["metrics"] if within else None
        if self._log and saved.facts["log"]:
            self._log.resume(saved.facts["log"], within)

    def restore_metrics(self):
        """Gives the metrics of `fit` the values of the state resumed from."""
        for metric, values in zip(self.model.metrics, self._metrics):
            for variable, value in zip(metric.variables, values):
                variable.assign(value)

    def _size(self):
        """Bytes of both files, about."""
        model = self.model
        variables = [*model.variables, *model.optimizer.variables]
        variables += model.kept.variables
        return sum(4 * math.prod(variable.shape) for variable in variables)

    def _values_of_metrics(self):
        return [
            [float(variable.numpy()) for variable in metric.variables]
            for metric in self.model.metrics
        ]

    def on_epoch_begin(self, epoch, logs=None):
        # Keras has set them to 0, at the beginning of an epoch as it thinks.
        if self._metrics is not None:
            self.restore_metrics()
            self._metrics = None

    def on_train_batch_end(self, batch, logs=None):
        stopped = self._stop is not None and self._stop.agree()
        if stopped or self._is_due():
            self.save()
        if stopped:
            raise Stopped

    def _is_due(self):
        if self._minutes is None:
            return False
        return time.monotonic() - self._last >= 60 * self._minutes

    def on_epoch_end(self, epoch, logs=None):
        self._metrics = None
        self.save(epoch_ended=True, score=(logs or {}).get(self._score))
