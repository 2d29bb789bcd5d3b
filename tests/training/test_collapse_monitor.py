"""Runs made to collapse, and one that does not."""

import keras
import pytest
import small_distiller as small

from keras_attmask.training import AdamW
from keras_attmask.training import CollapseMonitor
from keras_attmask.training import TeacherEMA


def warnings(rate, patience, epochs=12, **arguments):
    keras.utils.set_random_seed(0)
    optimizer = AdamW(rate, 0.04, clip_norm=3.0)
    model = small.compiled(optimizer=optimizer, **arguments)
    monitor = CollapseMonitor(patience)
    model.fit(
        small.batch(32),
        batch_size=8,
        epochs=epochs,
        verbose=0,
        callbacks=[TeacherEMA(0.9), monitor],
    )
    return monitor.warnings


@pytest.mark.parametrize(
    "arguments, words",
    [
        # Centres that never move, and a teacher that is sure at once.
        ({"center_momentum": 1.0, "teacher_temperature": 0.02}, "same output"),
        # A teacher that cannot be sure of anything.
        ({"teacher_temperature": 1.0}, "outputs are uniform"),
    ],
)
def test_a_run_made_to_collapse_is_told(arguments, words):
    (text,) = (
        text
        for text in warnings(0.02, patience=32, **arguments)
        if "teacher" in text
    )
    assert words in text


def test_patience_and_health_say_nothing():
    assert warnings(1e-3, patience=8, epochs=2)
    assert not warnings(1e-3, patience=9, epochs=2)
