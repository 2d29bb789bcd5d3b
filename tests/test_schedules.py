import math

import numpy as np
import pytest
from keras import ops

from keras_attmask.schedules import Constant
from keras_attmask.schedules import EpochLinear
from keras_attmask.schedules import WarmupCosine

EPOCH = 5338  # steps an epoch of ImageNet-1k at 4 x 60 images
RATE = WarmupCosine(240 / 256 * 5e-4, 1e-6, 100 * EPOCH, 10 * EPOCH)
DECAY = WarmupCosine(0.04, 0.4, 100 * EPOCH)
MOMENTUM = WarmupCosine(0.996, 1.0, 100 * EPOCH)


@pytest.mark.parametrize(
    "schedule, step, value",
    [
        (RATE, 0, 0.0),
        (RATE, 1, 8.781543303546339e-9),
        (RATE, 26690, 2.3437939077165177e-4),
        (RATE, 53379, 4.6875e-4),
        (RATE, 53380, 4.6875e-4),
        (RATE, 53381, 4.687499999949995e-4),
        (RATE, 293590, 2.3487499999999998e-4),
        (RATE, 533799, 1.0000000050004833e-6),
        (DECAY, 0, 0.04),
        (DECAY, 266900, 0.22),
        (DECAY, 533799, 0.3999999999968827),
        (MOMENTUM, 0, 0.996),
        (MOMENTUM, 266900, 0.998),
        (MOMENTUM, 533799, 0.9999999999999654),
    ],
)
def test_official_schedules(schedule, step, value):
    assert float(schedule(step)) == pytest.approx(value, rel=1e-12, abs=0)


def test_every_step_of_a_short_run():
    schedule = WarmupCosine(1.0, 0.1, 20, 5)
    wanted = [0, 0.25, 0.5, 0.75, 1, 1, 0.990166, 0.961095, 0.914058]
    wanted += [0.851109, 0.775, 0.689058, 0.597038, 0.502962, 0.410942]
    wanted += [0.325, 0.248891, 0.185942, 0.138905, 0.109834]
    found = [float(schedule(step)) for step in range(20)]
    assert found == pytest.approx(wanted, abs=6e-7)
    assert schedule(np.arange(20)) == pytest.approx(found, abs=1e-15)
    # Past the end the last value of the cosine stays.
    assert float(schedule(20)) == float(schedule(99)) == pytest.approx(0.1)


def test_teacher_temperatures():
    schedule = EpochLinear(0.04, 0.07, 30, 100)
    for epoch, value in (
        (0, 0.04),
        (1, 0.041034),
        (15, 0.055517),
        (28, 0.068966),
        (29, 0.07),
        (30, 0.07),
        (99, 0.07),
    ):
        for step in (0, 99):
            found = float(schedule(epoch * 100 + step))
            assert found == pytest.approx(value, abs=6e-7)


@pytest.mark.parametrize(
    "warmup, wanted",
    [(0, [0.7, 0.7, 0.7]), (1, [0.4, 0.7, 0.7]), (3, [0.4, 0.55, 0.7])],
)
def test_short_rises_of_the_temperature(warmup, wanted):
    schedule = EpochLinear(0.4, 0.7, warmup, 1)
    assert [float(schedule(e)) for e in range(3)] == pytest.approx(wanted)


def test_one_step_of_warmup_is_zero():
    schedule = WarmupCosine(1.0, 0.0, 3, 1)
    assert [float(schedule(s)) for s in range(2)] == [0.0, 1.0]


def test_constant():
    for step in (0, 7, np.arange(3)):
        assert (np.asarray(Constant(0.3)(step)) == 0.3).all()


@pytest.mark.parametrize(
    "schedule",
    [RATE, DECAY, MOMENTUM, Constant(0.5), EpochLinear(0.04, 0.07, 30, EPOCH)],
)
def test_the_device_computes_the_same(schedule):
    steps = np.array([0, 1, 5337, 5338, 53379, 53380, 300000, 533799])
    found = schedule(ops.convert_to_tensor(steps, "float32"), ops)
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), schedule(steps), rtol=2e-5, atol=1e-9
    )


def compiled(function):
    """`function` as the backend's compiler sees it in a training step."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.jit(function)
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True)
    return function


@pytest.mark.parametrize("length", [3, 49, 1083, EPOCH])
def test_epochs_begin_on_their_first_step(length):
    # A compiler may turn the division by a constant into a product.
    schedule = EpochLinear(0.0, 100.0, 101, length)
    epochs = np.arange(100)
    run = compiled(lambda steps: schedule(steps, ops))
    for offset in (0, length - 1):
        steps = ops.convert_to_tensor(epochs * length + offset, "float32")
        found = ops.convert_to_numpy(run(steps))
        np.testing.assert_allclose(found, epochs, rtol=0, atol=1e-4)


def test_halfway_of_the_cosine():
    # cos(pi / 3) = 1/2 a third of the way down: 1 + 3/4 * (5 - 1).
    schedule = WarmupCosine(5.0, 1.0, 30)
    assert float(schedule(10)) == pytest.approx(4.0)
    assert math.isclose(float(schedule(15)), 3.0)
