"""One device: what training does when nothing is distributed."""

import contextlib
import json

import numpy as np

from keras_attmask.distribution.own_copy import OwnCopy
from keras_attmask.errors import InputError

_LONGEST = 4096  # bytes of a text that hosts tell each other


class Devices:
    """Devices that share each batch, and hosts that feed them.

    This class is one device of one host; others derive from it.

    Attributes:
        strategy: the name that chose it, see `set_up.STRATEGIES`.
        kind: CPU, GPU or TPU.
        count: devices, of all hosts.
        hosts: processes.
        host: the number of this one, from 0.
        feeds_ahead: whether batches are fetched before the step asks, so
            that nobody can tell how long it would have waited.
    """

    strategy = "none"
    count = hosts = 1
    host = 0
    feeds_ahead = False

    def __init__(self, kind="CPU"):
        self.kind = kind

    @property
    def is_chief(self):
        """Whether this process writes, measures and draws."""
        return self.host == 0

    @property
    def share(self):
        """`(host, hosts)`: the part of each batch that this host reads."""
        return self.host, self.hosts

    @property
    def compiles(self):
        """Whether XLA may compile the step on TensorFlow."""
        return self.count == 1

    def scope(self):
        """Context to build a model in."""
        return contextlib.nullcontext()

    def fitting(self):
        """Context for its `fit`."""
        return contextlib.nullcontext()

    def alone(self):
        """Context inside of that, for work of this host by itself."""
        return contextlib.nullcontext()

    def own(self, network):
        """A network for work of this host by itself.

        Args:
            network: made in `scope`.

        Returns:
            `OwnCopy`.
        """
        return OwnCopy(network, copies=self.count > 1)

    def feed(self, dataset, rows):
        """What `fit` takes for a data set of this host's parts of batches.

        Args:
            dataset: a `tf.data.Dataset`.
            rows: images in each of its elements.
        """
        return dataset

    def sum(self, numbers):
        """Adds up an int32 array over hosts; all must ask."""
        return np.asarray(numbers, "int32")

    def tell(self, values=None):
        """The chief's values, for all hosts; all must ask.

        Args:
            values: what JSON can hold; of the chief alone.
        """
        if self.hosts == 1:
            return values
        letters = np.zeros(_LONGEST, "int32")
        if self.is_chief:
            text = json.dumps(values).encode()
            if len(text) > _LONGEST:
                text = json.dumps(None).encode()
            letters[: len(text)] = list(text)
        letters = self.sum(letters)
        return json.loads(bytes(letters[letters > 0].astype("uint8")))

    def is_of_lost_host(self, error):
        """Whether an exception came because another host has ended."""
        return False

    def check(self, batch_size, accumulation):
        """Refuses a batch that does not divide.

        Raises:
            InputError: naming the field of the recipe.
        """
        if batch_size % (self.count * accumulation):
            parts = f"{self.count} devices"
            if accumulation > 1:
                parts += f" times training.accumulation, {accumulation}"
            raise InputError(
                f"recipe.training.batch_size: expected a multiple of "
                f"{self.count * accumulation} ({parts}), got {batch_size}"
            )

    def sentence(self, batch_size):
        """In a line for a person."""
        if self.count == 1:
            return f"device: one {self.kind}; batch {batch_size}"
        hosts = "1 host" if self.hosts == 1 else f"{self.hosts} hosts"
        return (
            f"devices: {self.count} {self.kind}s on {hosts} "
            f"({self.strategy}); batch {batch_size}, "
            f"{batch_size // self.count} a device"
        )
