"""k-NN accuracy of the teacher while it trains."""

import keras

from keras_attmask.distribution import Devices
from keras_attmask.evaluation.knn import knn
from keras_attmask.evaluation.reader import Reader


class OnlineKNN(keras.callbacks.Callback):
    """Measures the teacher's k-NN accuracy every few epochs.

    Adds "knn", a fraction, to the epoch's logs.

    Args:
        data: `(bank, queries)`, labelled sources.
        preprocessing: see `data.Preprocessing`.
        num_neighbors: voters.
        temperature: of a voter's weight.
        every_epochs: epochs between two measurements; the last epoch is
            always measured.
        epochs: of the whole run; None for what `fit` is told.
        devices: `distribution.Devices` that train; only the host that this
            runs on measures.
    """

    def __init__(
        self,
        data,
        preprocessing,
        num_neighbors=20,
        temperature=0.07,
        every_epochs=1,
        epochs=None,
        devices=Devices(),
    ):
        super().__init__()
        self.data = data
        self.preprocessing = preprocessing
        self.num_neighbors = num_neighbors
        self.temperature = temperature
        self.every_epochs = every_epochs
        self.epochs = epochs
        self._devices = devices
        self._watched = self._own = self._reader = None

    def set_model(self, model):
        super().set_model(model)
        if self._reader is not None and model.teacher is self._watched:
            return
        self._watched = model.teacher
        with self._devices.alone():
            self._own = self._devices.own(model.teacher)
            self._reader = Reader(self._own.network, self.preprocessing)

    def measure(self):
        """The teacher's k-NN accuracy now, a fraction."""
        with self._devices.alone():
            self._own.refresh()
            scores = knn(
                self._reader,
                self.data,
                num_neighbors=self.num_neighbors,
                temperature=self.temperature,
            )
        return scores["knn"]

    def on_epoch_end(self, epoch, logs=None):
        last = epoch + 1 == (self.epochs or self.params["epochs"])
        due = (epoch + 1) % self.every_epochs == 0
        if (due or last) and not self.model.stop_training:
            logs["knn"] = self.measure()
