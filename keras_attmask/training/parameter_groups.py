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
class Law:
    """What may tell one variable's updates from another's.

    Attributes:
        start: the update at which it begins to move, from 0.
        scale: what its learning rate is multiplied by.
    """

    start: int = 0
    scale: float = 1.0


@dataclasses.dataclass(frozen=True)
class Group:
    """Variables that an optimizer moves at once.

    Attributes:
        indices: which of the optimizer's variables, a list of `n`.
        law: of all of them.
        moments: a variable `(n, ...)`, first moments of their gradients.
        velocities: likewise, second moments.
    """

    indices: list
    law: Law
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


def grouped(optimizer, variables, laws):
    """Groups of one shape, type and law; makes their variables.

    Args:
        optimizer: of Keras, which will own them.
        variables: list of variables.
        laws: a list of a `Law` for each.

    Returns:
        List of `Group`.
    """
    alike = {}
    for index in _by_kind(variables):
        variable = variables[index]
        key = (tuple(variable.shape), str(variable.dtype), laws[index])
        alike.setdefault(key, []).append(index)
    groups = []
    for (shape, dtype, law), indices in alike.items():
        slots = [
            optimizer.add_variable(
                (len(indices), *shape),
                Zeros(),
                dtype,
                name=f"{name}_{len(groups)}",
            )
            for name in ("momentum", "velocity")
        ]
        groups.append(Group(indices, law, *slots))
    return groups
