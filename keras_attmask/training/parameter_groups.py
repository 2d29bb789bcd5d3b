"""Variables of one shape, whose moments are one array.

A network has a hundred and more variables of a dozen shapes. Compilers make
a loop for each array that is read or written, so what an optimizer keeps of
variables that are alike is kept together.
"""

import dataclasses
import re

import keras

from keras_attmask.initializers import Zeros


@dataclasses.dataclass(frozen=True)
class Group:
    """Variables that an optimizer moves at once.

    Attributes:
        indices: which of the optimizer's variables, a list of `n`.
        start: the update at which they begin to move, from 0.
        moments: a variable `(n, ...)`, first moments of their gradients.
        velocities: likewise, second moments.
    """

    indices: list
    start: int
    moments: keras.Variable
    velocities: keras.Variable


def _by_kind(variables):
    """Their places, those that differ in a block's number side by side.

    So a compiler need not take apart slopes that came as one array.
    """

    def kind(index):
        words = re.split(r"(\d+)", variables[index].path)
        return words[::2], [int(number) for number in words[-2::-2]]

    return sorted(range(len(variables)), key=kind)


def grouped(optimizer, variables, starts):
    """Groups of one shape, type and start; makes their variables.

    Args:
        optimizer: of Keras, which will own them.
        variables: list of variables.
        starts: their first updates, a list of integers.

    Returns:
        List of `Group`, in the order of their first variables.
    """
    alike = {}
    for index in _by_kind(variables):
        variable = variables[index]
        key = (tuple(variable.shape), str(variable.dtype), starts[index])
        alike.setdefault(key, []).append(index)
    groups = []
    for (shape, dtype, start), indices in alike.items():
        slots = [
            optimizer.add_variable(
                (len(indices), *shape),
                Zeros(),
                dtype,
                name=f"{name}_{len(groups)}",
            )
            for name in ("momentum", "velocity")
        ]
        groups.append(Group(indices, start, *slots))
    return groups
