"""How good a network is on validation images while it is fine-tuned."""

from keras_attmask.distribution import Devices
from keras_attmask.evaluation.every_epochs import EveryEpochs
from keras_attmask.evaluation.features import Answers
from keras_attmask.evaluation.features import answers_of
from keras_attmask.evaluation.scores import scores


class OnlineScores(EveryEpochs):
    """Measures a `Finetuner` every few epochs.

    Adds what `scores` finds to the epoch's logs: of the mean of the weights
    where there is one, and then "..._of_last" of the weights as they are.

    Args:
        source: validation images.
        targets: of `data.targets_of`.
        preprocessing: see `data.Preprocessing`.
        task: see `scores`.
        batch_size: images at once.
        every_epochs: epochs between two measurements; the last epoch is
            always measured.
        epochs: of the whole run; None for what `fit` is told.
        devices: `distribution.Devices` that train; only the host that this
            runs on measures.
    """

    def __init__(
        self,
        source,
        targets,
        preprocessing,
        task,
        batch_size=256,
        every_epochs=1,
        epochs=None,
        devices=Devices(),
    ):
        super().__init__(every_epochs, epochs)
        self.source, self.targets = source, targets
        self.preprocessing, self.task = preprocessing, task
        self.batch_size = batch_size
        self._devices = devices
        self._own = {}

    def set_model(self, model):
        super().set_model(model)
        if self._own:
            return
        networks = {"": model.kept}
        if model.kept is not model.student:
            networks["_of_last"] = model.student
        with self._devices.alone():
            for ending, network in networks.items():
                own = self._devices.own(network)
                self._own[ending] = own, Answers(own.network)

    def measure(self):
        """What is found now."""
        found = {}
        with self._devices.alone():
            for ending, (own, network) in self._own.items():
                own.refresh()
                answers = answers_of(
                    network, self.source, self.preprocessing, self.batch_size
                )
                its = scores(self.task, answers, self.targets.values)
                found |= {name + ending: its[name] for name in its}
        return found
