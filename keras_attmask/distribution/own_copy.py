"""A network of many devices, for one of them."""

from keras import ops


class OwnCopy:
    """A network that this host may run without the others.

    Args:
        network: a built model that `from_config` builds again.
        copies: make a second one; otherwise it is the network itself.

    Attributes:
        network: the one to run.
    """

    def __init__(self, network, copies):
        self._original = network
        self.network = network
        if copies:
            kind = type(network)
            self.network = kind.from_config(network.get_config())
            self.refresh()

    def refresh(self):
        """Gives it the values of the original."""
        if self.network is self._original:
            return
        pairs = zip(self.network.variables, self._original.variables)
        for mine, theirs in pairs:
            mine.assign(ops.convert_to_numpy(theirs.value))
