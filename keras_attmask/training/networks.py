"""Helpers on the pair of networks: copying, pairing, gathering."""

import keras
from keras import ops

from keras_attmask.eager_cpu import on_eager_cpu


def _clone(layer, **changes):
    config = {**layer.get_config(), **changes}
    return type(layer).from_config(config)


def make_teacher(backbone, head):
    """A teacher that starts as an exact copy of the student.

    It has no mask token and no stochastic depth, and none of its variables
    is trainable.

    Args:
        backbone: the student's `VisionTransformer`.
        head: the student's `ProjectionHead`, built.

    Returns:
        Pair of new, built networks with the student's values.
    """
    teacher = _clone(
        backbone,
        name="teacher",
        use_mask_token=False,
        stochastic_depth_rate=0.0,
    )
    teacher_head = _clone(head, name="teacher_head")
    teacher_head.build((None, backbone.hidden_dim))
    # After building: the flag reaches only the layers that exist.
    teacher.trainable = teacher_head.trainable = False
    pairs = [*paired(backbone, teacher), *paired(head, teacher_head)]
    for student, copy in pairs:
        # A real copy: JAX refuses to donate one buffer twice.
        copy.assign(ops.convert_to_numpy(student))
    return teacher, teacher_head


def _by_place(network):
    """Variables under their path without the name of the network."""
    return {
        variable.path.split(network.name + "/", 1)[-1]: variable
        for variable in network.variables
        if "seed_generator" not in variable.path
    }


def paired(student, teacher):
    """Pairs each variable of the teacher with the student's.

    Raises:
        ValueError: when the teacher has a variable that the student lacks.
    """
    sources = _by_place(student)
    pairs = []
    for place, variable in _by_place(teacher).items():
        if place not in sources:
            raise ValueError(
                f"`backbone` and its teacher differ: expected a variable "
                f"{place!r} in the student, got none."
            )
        pairs.append((sources[place], variable))
    return pairs


class MovingAverage:
    """Moves the teacher's variables towards the student's.

    Holds the variables without owning them: it is no Keras layer.

    Args:
        pairs: (student, teacher) pairs of variables.
    """

    def __init__(self, pairs):
        self.pairs = pairs

    def update(self, momentum):
        """teacher <- momentum * teacher + (1 - momentum) * student."""
        if keras.backend.backend() == "torch":
            from keras_attmask.training.torch_updates import average_together

            values, averages = zip(*((s.value, t.value) for s, t in self.pairs))
            average_together(list(averages), list(values), momentum)
            return
        for student, teacher in self.pairs:
            old, new = (ops.convert_to_tensor(v) for v in (teacher, student))
            teacher.assign(old * momentum + new * (1.0 - momentum))


def gather_hidden(tokens, mask, capacity):
    """Collects hidden patches in an array of static shape.

    Args:
        tokens: `(M, N, D)`.
        mask: bool `(M, N)` with at most `capacity` True a row.
        capacity: S, a Python integer.

    Returns:
        Tokens `(M, S, D)`, the hidden ones first; float32 weights `(M, S)`,
        1 for hidden and 0 for filler; places `(M, S, 1)` in N.
    """
    hidden = ops.cast(mask, "float32")
    places = ops.argsort(ops.negative(hidden), axis=-1)[:, :capacity]
    weights = ops.take_along_axis(hidden, places, axis=1)
    places = ops.expand_dims(places, -1)
    return ops.take_along_axis(tokens, places, axis=1), weights, places


def rows_in_use(mask, capacity):
    """Which rows hide anything, and how much at most, where asking is free.

    Compiled steps need static shapes, and a GPU would have to be waited for.
    PyTorch on a CPU knows the values; by the published law half of the rows
    hide nothing, and the others 0.6 of what they may on average.

    Args:
        mask: bool `(M, N)` with at most `capacity` True a row.
        capacity: a Python integer.

    Returns:
        Row numbers `(R,)`, at least one, or None for all; and a capacity that
        suffices for them.
    """
    mask = ops.convert_to_tensor(mask)
    if not on_eager_cpu(mask):
        return None, capacity
    counts = ops.sum(ops.cast(mask, "int32"), axis=-1)
    rows = counts.nonzero()[:, 0]
    if len(rows) == 0:
        return ops.zeros((1,), "int32"), 1
    return rows, int(counts.max())
