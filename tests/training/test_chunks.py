import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.training.chunks import sum_over_chunks

RANDOM = np.random.default_rng(0)
WEIGHT = RANDOM.normal(size=(3, 4)).astype("float32")
ROWS = RANDOM.normal(size=(7, 2, 3)).astype("float32")
COUNTS = RANDOM.random((7, 2)).astype("float32")


def whole(weights, rows, fixed):
    """A sum over rows that is no straight line in anything."""
    logits = ops.tanh(ops.matmul(rows[0], weights[0]))
    return ops.sum(ops.logsumexp(logits, axis=-1) * fixed[0])


def value_and_slopes(counts, *size_and_needed):
    weight, rows = keras.Variable(WEIGHT), keras.Variable(ROWS)
    values = []

    def loss():
        tensors = [ops.convert_to_tensor(v) for v in (weight, rows)]
        fixed = [ops.convert_to_tensor(counts)]
        if size_and_needed:
            total = sum_over_chunks(
                whole, tensors[:1], tensors[1:], fixed, *size_and_needed
            )
        else:
            total = whole(tensors[:1], tensors[1:], fixed)
        values.append(total)
        return 3.0 * total

    found = gradients(loss, [weight, rows])
    loss()
    return [float(ops.convert_to_numpy(values[-1])), *found]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 100])
@pytest.mark.parametrize("needed", [None, 1, 4, 7])
def test_a_sum_in_chunks_is_the_plain_sum(size, needed):
    counts = COUNTS.copy()
    counts[needed:] = 0.0
    number = None if needed is None else ops.convert_to_tensor(needed, "int32")
    found = value_and_slopes(counts, size, number)
    for one, other in zip(found, value_and_slopes(counts)):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_chunks_beyond_the_needed_rows_are_left_out():
    needed = ops.convert_to_tensor(2, "int32")
    total, _, slopes = value_and_slopes(COUNTS, 2, needed)
    left = COUNTS.copy()
    left[2:] = 0.0
    expected, _, wanted = value_and_slopes(left)
    assert total == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(slopes, wanted, atol=1e-6)
    assert not slopes[2:].any()
