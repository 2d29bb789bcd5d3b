"""Helpers on the pair of networks: copying, pairing, averaging."""

import keras
from keras import ops

from keras_attmask.arguments import arguments_of


def clone(layer, **changes):
    """Another one of its kind.

    Of our own layers by the attributes that their arguments became: to
    serialise a dtype, Keras would load TensorFlow on any backend.
    """
    if type(layer).__module__.split(".")[0] != __name__.split(".")[0]:
        return type(layer).from_config({**layer.get_config(), **changes})
    given = arguments_of(layer, type(layer))
    return type(layer)(**{**given, "dtype": layer.dtype_policy, **changes})


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
    teacher = clone(
        backbone,
        name="teacher",
        use_mask_token=False,
        stochastic_depth_rate=0.0,
        remat=False,
    )
    teacher_head = clone(head, name="teacher_head")
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
