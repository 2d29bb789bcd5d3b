import numpy as np
import pytest
from keras import ops

from keras_attmask.training.packed import Packed


class Variable:
    """Packing asks for nothing but which one it is."""


@pytest.mark.parametrize(
    "alike, stacks",
    [([], 0), ([[0, 2]], 1), ([[0, 2], [4, 1]], 2), ([[0, 2], [1, 9]], 1)],
)
def test_values_come_back_in_their_places(alike, stacks):
    variables = [Variable() for _ in range(10)]
    trained = variables[:5]  # the last one of all is not
    packed = Packed(trained, [[variables[n] for n in its] for its in alike])
    values = [ops.convert_to_tensor([1.0, n]) for n in range(5)]
    found = packed.pack(values)
    assert len(packed.alike) == stacks and len(found) == 5 - stacks
    assert [len(x.shape) for x in found] == [2] * stacks + [1] * (
        5 - 2 * stacks
    )
    if stacks:
        np.testing.assert_array_equal(found[0], [[1.0, 0.0], [1.0, 2.0]])
    for value, wanted in zip(packed.unpack(found), values, strict=True):
        np.testing.assert_array_equal(value, wanted)
