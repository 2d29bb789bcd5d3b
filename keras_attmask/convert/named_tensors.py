"""The tensors of one network, asked for by our names."""

import numpy as np

from keras_attmask.errors import InputError


class NamedTensors:
    """Looks tensors up through a dialect and remembers which were used.

    Args:
        tensors: dict of the source's name to `Tensor`.
        names: callable that turns one of our names into theirs.
    """

    def __init__(self, tensors, names):
        self.tensors = tensors
        self.names = names
        self._unused = dict.fromkeys(tensors)

    def __contains__(self, ours):
        return any(name in self.tensors for name in self.names(ours))

    def _parts(self, ours):
        names = self.names(ours)
        for name in names or (ours,):
            if name not in self.tensors:
                raise InputError(
                    f"tensor {name}: expected in the file, got none"
                )
        parts = [self.tensors[name] for name in names]
        for name, part in zip(names, parts):
            part.check(name)
            if part.shape != parts[0].shape:
                raise InputError(
                    f"tensor {name}: expected shape {parts[0].shape}, that "
                    f"of {names[0]}, got {part.shape}"
                )
        return parts

    def shape(self, ours, axes):
        """Shape of a tensor that must have `axes` axes.

        Raises:
            InputError: when it is missing or has another number of axes.
        """
        parts = self._parts(ours)
        first = parts[0].shape
        if len(first) != axes or 0 in first:
            raise InputError(
                f"tensor {self.names(ours)[0]}: expected {axes} axes, got "
                f"shape {first}"
            )
        return (first[0] * len(parts), *first[1:])

    def array(self, ours):
        """The numbers, float32; several parts are stacked.

        Raises:
            InputError: when they are missing or cannot be read.
        """
        parts = self._parts(ours)
        arrays = []
        for name, part in zip(self.names(ours), parts):
            arrays.append(part.array(name))
            self._unused.pop(name, None)
        return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)

    def unused(self):
        """Their names of tensors that nobody asked for."""
        return list(self._unused)
