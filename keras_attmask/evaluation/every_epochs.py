"""Measurements that come back every few epochs."""

import keras


class EveryEpochs(keras.callbacks.Callback):
    """Adds what `measure` gives to the logs of some epochs.

    Args:
        every_epochs: epochs between two measurements; the last epoch is
            always measured.
        epochs: of the whole run; None for what `fit` is told.
    """

    def __init__(self, every_epochs=1, epochs=None):
        super().__init__()
        self.every_epochs, self.epochs = every_epochs, epochs

    def measure(self):
        """What is found now: a dict of numbers."""
        raise NotImplementedError

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == (self.epochs or self.params["epochs"])
        due = (epoch + 1) % self.every_epochs == 0
        stopped = getattr(self.model, "stop_training", False)
        if (due or last) and not stopped:
            logs.update(self.measure())
