import keras
import numpy as np
import pytest
import small_distiller as small
from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.training import Distiller
from keras_attmask.training import StopOnNonFinite


class Broken(Distiller):
    """Its second step has no finite loss, or no finite gradient."""

    part = "loss"

    def distill(self, *arguments, **options):
        found = super().distill(*arguments, **options)
        now = ops.equal(ops.convert_to_tensor(self.step), 1)
        wrong = ops.where(now, float("nan"), 1.0)
        if self.part == "gradient":
            # A root has no slope at zero, where its value is finite.
            zero = 0.0 * ops.sum(ops.square(self.student.class_token.token))
            root = ops.sqrt(ops.where(now, zero, zero + 1.0))
            found["loss"] = found["loss"] + root - ops.stop_gradient(root)
        else:
            found["loss"] = found["loss"] * wrong
        return found


def make(monkeypatch, part="loss", make=small.uncompiled, **arguments):
    monkeypatch.setattr(small, "Distiller", Broken)
    monkeypatch.setattr(Broken, "part", part)
    return make(**arguments)


def state(model):
    kept = ("step", "skipped", "iteration", "learning_rate")
    return [
        ops.convert_to_numpy(v)
        for v in [*model.variables, *model.optimizer.variables]
        if not v.path.split("/")[-1].startswith(kept)
    ]


def fit(model, steps, *callbacks):
    for _ in range(steps):
        model.fit(
            small.batch(),
            epochs=1,
            verbose=0,
            batch_size=6,
            callbacks=list(callbacks),
        )


@pytest.mark.parametrize("part", ["loss", "gradient"])
@pytest.mark.parametrize("accumulation", [1, 2])
def test_such_a_step_moves_nothing(monkeypatch, part, accumulation):
    model = make(monkeypatch, part, accumulation=accumulation)
    fit(model, 1)
    before = state(model)
    fit(model, 1)
    for one, other in zip(state(model), before):
        np.testing.assert_array_equal(one, other)
    assert model.steps_made == 2 and int(model.optimizer.iterations) == 2
    assert int(model.skipped.numpy()) == 1
    fit(model, 1)
    after = state(model)
    assert all(np.isfinite(value).all() for value in after)
    assert any(not np.array_equal(x, y) for x, y in zip(after, before))


def test_it_stops_with_the_step_taken_back(monkeypatch):
    model, saved = make(monkeypatch), []
    stop = StopOnNonFinite(
        names_of=lambda step: [f"{step}-{n}.jpg" for n in range(10)],
        save=lambda: saved.append(model.steps_made),
    )
    fit(model, 1, stop)
    before = state(model)
    with pytest.raises(InputError) as error:
        fit(model, 1, stop)
    text = str(error.value)
    assert "of step 2 are not finite" in text and "skip_nonfinite=1" in text
    assert text.endswith("1-7.jpg and 2 more")
    assert saved == [1] and int(model.optimizer.iterations) == 1
    assert int(model.skipped.numpy()) == 0
    for one, other in zip(state(model), before):
        np.testing.assert_array_equal(one, other)


def test_so_many_are_left_out_and_no_more(monkeypatch):
    model, lines = make(monkeypatch), []
    stop = StopOnNonFinite(1, lambda step: ["a.jpg"], report=lines.append)
    fit(model, 3, stop)
    assert lines == [
        "loss or gradients of step 2 are not finite; left out (1 of 1); its "
        "images: a.jpg"
    ]
    model.step.assign(1)
    with pytest.raises(InputError, match="skip_nonfinite=2"):
        fit(model, 1, stop)


def test_means_are_of_the_other_steps(monkeypatch):
    model = make(monkeypatch, make=small.compiled)
    batches = {
        name: np.concatenate([value, value])
        for name, value in small.batch().items()
    }
    history = model.fit(batches, batch_size=6, verbose=0, shuffle=False)
    logs = {name: values[0] for name, values in history.history.items()}
    assert logs["skipped"] == 1.0
    assert all(np.isfinite(value) for value in logs.values())


def test_another_optimizer_gets_zeros(monkeypatch):
    model = make(monkeypatch, optimizer=keras.optimizers.SGD(0.1))
    fit(model, 1)
    before = state(model)
    fit(model, 1)
    for one, other in zip(state(model), before):
        np.testing.assert_array_equal(one, other)
