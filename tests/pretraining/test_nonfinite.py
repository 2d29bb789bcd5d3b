"""A run that meets numbers that are not finite."""

import pytest
from keras import ops
from shrunk import recipe
from shrunk import rows

from keras_attmask.errors import InputError
from keras_attmask.pretraining import pretrain
from keras_attmask.training import Distiller
from keras_attmask.training.checkpoints import Checkpoints


def test_a_run_stops_there_and_goes_on_without_that_step(
    monkeypatch, tmp_path, capsys
):
    distill = Distiller.distill

    def broken(self, *arguments, **options):
        found = distill(self, *arguments, **options)
        now = ops.equal(ops.convert_to_tensor(self.step), 2)
        loss = ops.where(now, float("inf"), found["loss"])
        return {**found, "loss": loss}

    monkeypatch.setattr(Distiller, "distill", broken)
    folder = tmp_path / "run"
    with pytest.raises(InputError) as error:
        pretrain(recipe(), folder, lambda line: None)
    text = str(error.value)
    assert "step 3 are not finite" in text
    assert text.count("bundled:fashion_mnist/train") == 8
    assert text.endswith("and 8 more")
    assert Checkpoints(folder).newest().step == 2
    with pytest.raises(InputError, match="step 3 are not finite"):
        pretrain(recipe(), folder, lambda line: None)
    result = pretrain(
        recipe(training__skip_nonfinite=1), folder, lambda line: None
    )
    assert not result["interrupted"]
    assert "left out (1 of 1)" in capsys.readouterr().err
    lines = rows(folder)[1:]  # without k-NN at the start
    assert [row["step"] for row in lines if "skipped" in row] == [3]
    with_loss = [row["step"] for row in lines if "loss" in row]
    assert with_loss == [1, 2, *range(4, 9)]
