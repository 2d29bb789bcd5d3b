"""Values of variables, those that are alike as one tensor."""

from keras import ops


class Packed:
    """Tells how values of variables are packed and unpacked.

    Args:
        variables: list of variables.
        alike: lists of variables of one shape. Those that hold a variable
            which is not among the others are left alone.

    Attributes:
        alike: the lists whose values are packed.
    """

    def __init__(self, variables, alike):
        place = {id(variable): n for n, variable in enumerate(variables)}
        known = [its for its in alike if all(id(v) in place for v in its)]
        self.alike = known
        self._stacked = [[place[id(v)] for v in its] for its in known]
        taken = {n for places in self._stacked for n in places}
        self._rest = [n for n in range(len(variables)) if n not in taken]

    def pack(self, values):
        """Stacks of values that are alike, and behind them the others.

        Args:
            values: list of tensors, one a variable.
        """
        stacks = [
            ops.stack([values[n] for n in places]) for places in self._stacked
        ]
        return stacks + [values[n] for n in self._rest]

    def unpack(self, packed):
        """The list that was packed, or one of the same form."""
        values = {}
        for places, stack in zip(self._stacked, packed):
            values |= dict(zip(places, ops.unstack(stack, len(places))))
        values |= dict(zip(self._rest, packed[len(self._stacked) :]))
        return [values[n] for n in range(len(values))]
