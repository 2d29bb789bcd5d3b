import json

import keras
import numpy as np
import pytest
import small_distiller as small

from keras_attmask.schedules import WarmupCosine
from keras_attmask.training import RunLog


def lines(folder):
    text = (folder / "metrics.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


class Losses(keras.callbacks.Callback):
    """Each step's own losses, undone from Keras' running means."""

    def __init__(self):
        super().__init__()
        self.own, self._total = [], 0.0

    def on_train_batch_end(self, batch, logs=None):
        total = float(logs["loss"]) * (batch + 1)
        self.own.append(total - (self._total if batch else 0.0))
        self._total = total


def fit(model, images, *callbacks):
    """Two epochs in batches of four."""
    model.fit(
        small.batch(images),
        batch_size=4,
        epochs=2,
        verbose=0,
        callbacks=list(callbacks),
    )


def test_lines_hold_means_since_the_line_before(tmp_path):
    model, losses = small.compiled(), Losses()
    schedule = WarmupCosine(1.0, 0.0, 12)
    log = RunLog(tmp_path, 2, {"learning_rate": schedule})
    fit(model, 24, losses, log)
    log.close()
    rows = lines(tmp_path)
    assert [row["step"] for row in rows] == [2, 4, 6, 8, 10, 12]
    assert [row["epoch"] for row in rows] == [0, 0, 0, 1, 1, 1]
    means = np.reshape(losses.own, (6, 2)).mean(1)
    np.testing.assert_allclose([row["loss"] for row in rows], means, rtol=1e-4)
    for row in rows:
        assert row["learning_rate"] == float(schedule(row["step"] - 1))
        parts = row["cls_loss"] + row["patch_loss"]
        np.testing.assert_allclose(row["loss"], parts, rtol=1e-4)
    assert list((tmp_path / "tensorboard").glob("events*"))


@pytest.mark.parametrize("every, steps", [(2, [2, 3, 4, 6]), (100, [3, 6])])
def test_an_epoch_ends_with_a_line_of_the_steps_that_have_none(
    tmp_path, every, steps
):
    losses, log = Losses(), RunLog(tmp_path, every)
    fit(small.uncompiled(), 12, losses, log)
    log.close()
    rows = lines(tmp_path)
    assert [row["step"] for row in rows] == steps
    starts = [0, *steps[:-1]]
    means = [np.mean(losses.own[a:b]) for a, b in zip(starts, steps)]
    np.testing.assert_allclose([row["loss"] for row in rows], means, rtol=1e-4)


def test_measurements_of_an_epoch_get_a_line(tmp_path):
    class Measure(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["knn"] = 0.25 * (epoch + 1)

    log = RunLog(tmp_path, 100)
    fit(small.uncompiled(), 8, Measure(), log)
    log.close()
    rows = [(row["step"], row["knn"]) for row in lines(tmp_path)]
    assert rows == [(2, 0.25), (4, 0.5)]


def test_a_second_fit_goes_on_counting(tmp_path):
    model, log = small.uncompiled(), RunLog(tmp_path, 1)
    for _ in range(2):
        model.fit(small.batch(4), batch_size=4, verbose=0, callbacks=[log])
    log.close()
    assert [row["step"] for row in lines(tmp_path)] == [1, 2]


def test_tensorboard_forgets_what_came_after_the_state(tmp_path, monkeypatch):
    import tensorboardX

    asked, writer = [], tensorboardX.SummaryWriter

    def note(*arguments, purge_step=None):
        asked.append(purge_step)
        return writer(*arguments, purge_step=purge_step)

    monkeypatch.setattr(tensorboardX, "SummaryWriter", note)
    log = RunLog(tmp_path, 5)
    fit(small.uncompiled(), 12, log)  # three steps; the line is an epoch's
    state = log.state()
    log.close()
    again = RunLog(tmp_path, 5)
    again.resume({**state, "step": 2}, within_epoch=False)
    again.write({"loss": 1.0}, step=7)
    again.close()
    assert asked == [None, 3]
