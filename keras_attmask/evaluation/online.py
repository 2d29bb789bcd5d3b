"""Any measurement while a network trains."""

from keras_attmask.data.labelled import train_and_test
from keras_attmask.data.sources import open_source
from keras_attmask.distribution import Devices
from keras_attmask.errors import InputError
from keras_attmask.evaluation.every_epochs import EveryEpochs
from keras_attmask.evaluation.knn import knn
from keras_attmask.evaluation.reader import Reader
from keras_attmask.evaluation.unlabelled import unlabelled


def suited(data):
    """What images without further words allow to measure.

    Args:
        data: see `data.train_and_test` or `data.open_source`; None for none.

    Returns:
        `(protocol, data, settings)`: `knn` with 20 voters where some images
        with labels can vote on others, else `unlabelled`; None for nothing.

    Raises:
        InputError: nothing readable there.
    """
    if data is None:
        return None, None, {}
    try:
        return knn, train_and_test(data), {"num_neighbors": 20}
    except InputError:
        if isinstance(data, (tuple, list)) and len(data) == 2:
            data = data[-1]  # (train, test) without labels
        return unlabelled, open_source(data), {}


def _measured(model):
    """The network of a model that is worth measuring."""
    for name in ("teacher", "backbone"):
        if hasattr(model, name):
            return getattr(model, name)
    return model


class Evaluate(EveryEpochs):
    """Measures the teacher every few epochs, by any protocol.

    Adds the protocol's numbers to the epoch's logs. Nothing is computed in
    other epochs; data are opened and the graph is traced once.

    Args:
        protocol: a function of `keras_attmask.evaluation`: from a backbone
            and data to a dict. None chooses what data allow: k-NN where a
            part with labels can vote on another, view retrieval and feature
            rank where there are no labels, nothing without data.
        data: as the protocol takes them; best opened, or what they are is
            found out again each time.
        preprocessing: `data.Preprocessing`, see `evaluation.Reader`.
        every_epochs: epochs between two measurements; the last epoch is
            always measured.
        epochs: of the whole run; None for what `fit` is told.
        devices: `distribution.Devices` that train; only the host that this
            runs on measures.
        batch_size: images at once.
        **settings: of the protocol.

    Raises:
        InputError: a protocol without data, or nothing readable there.

    Example:
        >>> watch = Evaluate(evaluation.knn, (train, test), every_epochs=10)
        >>> model.fit(images, epochs=100, callbacks=[watch])
    """

    def __init__(
        self,
        protocol=None,
        data=None,
        preprocessing=None,
        every_epochs=1,
        epochs=None,
        devices=Devices(),
        batch_size=256,
        **settings,
    ):
        super().__init__(every_epochs, epochs)
        if not every_epochs >= 1:
            raise InputError(
                f"every_epochs: expected 1 or more, got {every_epochs!r}"
            )
        if protocol is None:
            protocol, data, found = suited(data)
            settings = found | settings
        elif data is None:
            raise InputError("data: expected what to measure on, got None")
        self.protocol, self.data, self.settings = protocol, data, settings
        self.preprocessing = preprocessing
        self.batch_size = batch_size
        self._devices = devices
        self._watched = self._own = self._reader = None

    def set_model(self, model):
        super().set_model(model)
        network = _measured(model)
        if self.protocol is None or network is self._watched:
            return
        self._watched = network
        with self._devices.alone():
            self._own = self._devices.own(network)
            self._reader = Reader(
                self._own.network, self.preprocessing, self.batch_size
            )

    def measure(self):
        """What the protocol says now: a dict of numbers."""
        if self.protocol is None:
            return {}
        with self._devices.alone():
            self._own.refresh()
            found = self.protocol(self._reader, self.data, **self.settings)
        numbers = (int, float)
        return {k: v for k, v in found.items() if isinstance(v, numbers)}
