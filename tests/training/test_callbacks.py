"""Checkpoint, StopOnSignal, ProgressBar, TeacherEMA and Throughput."""

import io
import os
import signal

import keras
import numpy as np
import pytest
import small_distiller as small
from keras import ops
from rich.console import Console

from keras_attmask.data import Waiting
from keras_attmask.one_program import call_as_one
from keras_attmask.training import Checkpoint
from keras_attmask.training import ProgressBar
from keras_attmask.training import StopOnSignal
from keras_attmask.training import TeacherEMA
from keras_attmask.training import Throughput
from keras_attmask.training import throughput
from keras_attmask.training.checkpoints import Checkpoints


def fit(model, callbacks, epochs=1):
    return model.fit(
        small.batch(12),
        batch_size=4,
        epochs=epochs,
        verbose=0,
        callbacks=callbacks,
    )


def test_checkpoint_restores_teacher_and_everything(tmp_path):
    model = small.uncompiled()
    fit(model, [Checkpoint(tmp_path)])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["backbone.weights.h5", "checkpoints"]
    other = small.uncompiled()
    fit(other, [])
    Checkpoints(tmp_path).newest().load(other)
    third = small.uncompiled()
    third.teacher.load_weights(tmp_path / "backbone.weights.h5")
    images = np.random.default_rng(0).normal(size=(2, 16, 16, 3))
    expected, *found = (
        ops.convert_to_numpy(call_as_one(m.teacher, images)["class_token"])
        for m in (model, other, third)
    )
    for tokens in found:
        np.testing.assert_allclose(tokens, expected, atol=1e-6)


class Signal(keras.callbacks.Callback):
    """Sends this process a signal in the middle of an epoch."""

    def __init__(self, number, step=1):
        super().__init__()
        self.number, self.step = number, step

    def on_train_batch_begin(self, batch, logs=None):
        if batch == self.step:
            os.kill(os.getpid(), self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_training_after_the_running_step(number):
    model, stop = small.uncompiled(), StopOnSignal()
    before = signal.getsignal(number)
    with stop:
        fit(model, [Signal(number), stop], epochs=3)
    assert stop.stopped
    assert int(model.step) == 2
    assert signal.getsignal(number) is before


def test_a_second_signal_does_not_wait():
    stop = StopOnSignal()
    with pytest.raises(KeyboardInterrupt), stop:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_without_a_signal_training_goes_to_its_end():
    model, stop = small.uncompiled(), StopOnSignal()
    with stop:
        fit(model, [stop])
    assert not stop.stopped and int(model.step) == 3


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_bar(terminal):
    screen = io.StringIO()
    console = Console(
        file=screen, force_terminal=terminal, width=120, highlight=False
    )
    bar = ProgressBar(2, 3, console)
    with bar:
        fit(small.uncompiled(), [Throughput(4), bar], epochs=2)
    text = screen.getvalue()
    for part in ("epoch 1/2", "epoch 2/2", "loss ", " img/s"):
        assert part in text
    assert ("6/6" in text and "left" in text) == terminal
    assert bar._bar.finished


def test_throughput_leaves_out_the_first_step():
    meter = Throughput(4)
    assert meter.images_per_second == 0.0
    history = fit(small.uncompiled(), [meter]).history
    assert meter.first_step_seconds > 0
    assert meter.images_per_second > 4 / meter.first_step_seconds / 10
    assert history["images_per_second"] == [meter.images_per_second]


@pytest.mark.parametrize("waits", [True, False])
def test_throughput_tells_the_share_of_waiting(monkeypatch, waits):
    """A clock of its own: the first step 9 s, the others 4 s, 1 s waiting."""
    clock = [0.0]
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: clock[0])
    waiting = Waiting()
    meter = Throughput(4, waiting if waits else None)
    meter.on_train_begin()
    meter.on_epoch_begin(0)
    for step, seconds in enumerate((9.0, 4.0, 4.0)):
        with waiting.running():
            clock[0] += 1.0
        clock[0] += seconds - 1.0
        logs = {}
        meter.on_train_batch_end(step, logs)
    with waiting.running():
        clock[0] += 100.0  # between epochs: nobody's wait
    meter.on_epoch_begin(1)
    assert meter.first_step_seconds == 9.0
    assert meter.images_per_second == logs["images_per_second"] == 1.0
    assert ("data_wait" in logs) == waits
    if waits:
        assert meter.data_wait == logs["data_wait"] == 0.25


def test_teacher_ema_takes_a_number_or_a_schedule():
    model = small.uncompiled()
    history = fit(model, [TeacherEMA(0.9)]).history
    assert history["teacher_momentum"] == [0.9]
    assert float(model.teacher_momentum(5)) == 0.9
