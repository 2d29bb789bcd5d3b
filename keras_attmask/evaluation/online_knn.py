"""k-NN accuracy of the teacher while it trains."""

from keras_attmask.distribution import Devices
from keras_attmask.evaluation.knn import knn
from keras_attmask.evaluation.online import Evaluate


class OnlineKNN(Evaluate):
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
        super().__init__(
            knn,
            data,
            preprocessing,
            every_epochs,
            epochs,
            devices,
            num_neighbors=num_neighbors,
            temperature=temperature,
        )

    def measure(self):
        """The teacher's k-NN accuracy now: `{"knn": a fraction}`."""
        return {"knn": super().measure()["knn"]}
