"""Runs that are cut off and go on, against the same run left alone."""

import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from once import once
from shrunk import recipe
from shrunk import rows
from tiny import TINY

from keras_attmask import build
from keras_attmask.errors import InputError
from keras_attmask.pretraining import pretrain
from keras_attmask.pretraining.run_lock import locked
from keras_attmask.training import Checkpoint
from keras_attmask.training import ProgressBar
from keras_attmask.training.checkpoints import Checkpoints

NOT_REPEATED = {"seconds", "images_per_second", "data_wait"}


def metrics(folder):
    """Lines of metrics without what the clock says."""
    return [
        {k: v for k, v in row.items() if k not in NOT_REPEATED}
        for row in rows(folder)
    ]


def state(folder):
    """All that the last checkpoint holds, as arrays."""
    model = build.distiller(recipe(), 4)
    Checkpoints(folder).newest().load(model)
    variables = [*model.variables, *model.optimizer.variables]
    return [variable.numpy() for variable in variables]


def assert_same(found, wanted):
    for one, other in zip(state(found), state(wanted), strict=True):
        np.testing.assert_array_equal(one, other)
    pairs = zip(metrics(found), metrics(wanted), strict=True)
    for row, other in pairs:
        # TensorFlow's sum of two losses may differ in its last digit.
        assert row == pytest.approx(other, rel=1e-5)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    pretrain(recipe(), folder, lambda line: None)
    return folder


class Killed(BaseException):
    pass


def cut_off(monkeypatch, folder, steps, lines=None, settings=None):
    """Runs until so many steps were made, the last of them not saved."""
    made = []

    def end(self, *arguments, **options):
        made.append(True)
        if len(made) == steps:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "on_train_batch_end", end)
        patch.setattr(Checkpoint, "_is_due", lambda self: True)
        with pytest.raises(Killed):
            report = ([] if lines is None else lines).append
            pretrain(settings or recipe(), folder, report)


def cut_off_later(monkeypatch, folder, step, since):
    """Goes on from a step and is cut off again."""
    lines = []
    cut_off(monkeypatch, folder, step - since, lines)
    assert f"going on from step {since}" in lines
    return lines


def damage(checkpoint):
    file = checkpoint.folder / "state.weights.h5"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def forget_the_end_of_the_epoch(folder, checkpoint):
    """As if the run had been cut off before its callbacks noted that end."""
    path = checkpoint.folder / "facts.json"
    facts = json.loads(path.read_text())
    assert facts["epoch_ended"]
    lines = (folder / "metrics.jsonl").read_bytes().splitlines(True)
    facts["epoch_ended"] = False
    facts["log"]["bytes"] = sum(map(len, lines[:5]))  # without the k-NN
    path.write_text(json.dumps(facts))


def test_cut_off_five_times_to_the_same_end(monkeypatch, tmp_path, unbroken):
    folder, lines = tmp_path / "run", []
    cut_off(monkeypatch, folder, 1)
    assert Checkpoints(folder).newest() is None
    cut_off(monkeypatch, folder, 4)  # from the beginning again
    damage(Checkpoints(folder).newest())
    said = cut_off_later(monkeypatch, folder, step=5, since=2)
    assert any("step-00000003 is damaged (checksum" in line for line in said)
    newest = Checkpoints(folder).newest()
    assert newest.step == 4
    forget_the_end_of_the_epoch(folder, newest)
    cut_off_later(monkeypatch, folder, step=7, since=4)
    result = pretrain(recipe(), folder, lines.append)
    assert "going on from step 6" in lines and not result["interrupted"]
    assert_same(folder, unbroken)


def test_initial_weights_are_taken_again_without_a_checkpoint(
    monkeypatch, tmp_path, unbroken
):
    settings = recipe(training__initial=str(unbroken), training__epochs=1)
    folder, lines = tmp_path / "run", []
    cut_off(monkeypatch, folder, 1, lines, settings)
    began = [line for line in lines if line.startswith("began with")]
    assert len(began) == 1
    pretrain(settings, folder, lines.append)
    assert lines.count(began[0]) == 2
    lines.clear()
    pretrain(settings, folder, lines.append)
    assert "going on from step 4" in lines and began[0] not in lines


def test_another_recipe_is_refused_unless_told(tmp_path, unbroken):
    before = sorted(unbroken.rglob("*"))
    with pytest.raises(InputError) as error:
        pretrain(
            recipe(training__seed=7, views__local_crops=2),
            unbroken,
            lambda line: None,
        )
    assert str(error.value).endswith(
        "or --accept_recipe; got training.seed=7 for 0, "
        "views.local_crops=2 for 1"
    )
    assert sorted(unbroken.rglob("*")) == before
    lines = []
    other = recipe(training__log_every=3)  # changes nothing that is learned
    pretrain(other, unbroken, lines.append)
    assert "going on from step 8" in lines
    lines.clear()
    other = recipe(training__seed=7)
    pretrain(other, unbroken, lines.append, accept_recipe=True)
    assert "going on from step 8" in lines
    pretrain(recipe(), unbroken, lines.append, accept_recipe=True)


def test_two_runs_on_one_folder(unbroken):
    with locked(unbroken):
        with pytest.raises(InputError, match=f"where process {os.getpid()} is"):
            pretrain(recipe(), unbroken, lambda line: None)
    assert not (unbroken / "lock").exists()
    pretrain(recipe(), unbroken, lambda line: None)


def test_a_lock_file_of_a_dead_process_holds_nothing(unbroken):
    (unbroken / "lock").write_text("4194304\n")
    pretrain(recipe(), unbroken, lambda line: None)
    assert not (unbroken / "lock").exists()


def start(folder, *words):
    command = [sys.executable, "-m", "keras_attmask", "pretrain", *TINY]
    command += [f"--run={folder}", "--json", *words]
    environment = os.environ | {"KERAS_BACKEND": keras.backend.backend()}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def wait_for_step(process, folder, step):
    limit = time.monotonic() + 120
    file = folder / "metrics.jsonl"
    while not (file.is_file() and f'"step": {step},' in file.read_text()):
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.02)


@once("the state is tested elsewhere", "tensorflow")
def test_kill_and_signal(tmp_path):
    """Real processes: killed, asked to end, left alone."""
    words = ["--recipe.training.epochs=15", "--recipe.evaluation.bank="]
    words += [
        "--recipe.evaluation.queries=",
        "--recipe.training.save_minutes=0",
    ]
    folder = tmp_path / "run"
    with start(folder, *words) as process:
        wait_for_step(process, folder, 10)
        process.kill()
    assert process.wait() == -signal.SIGKILL
    with start(folder, *words) as process:
        wait_for_step(process, folder, 25)
        process.send_signal(signal.SIGTERM)
        printed = process.communicate(timeout=120)[0]
    assert process.returncode == 0
    result = json.loads(printed.splitlines()[-1])
    assert result["interrupted"] and result["saved_model"] is None
    last = rows(folder)[-1]["step"]
    assert 25 <= last < 60 and Checkpoints(folder).newest().step == last
    settings = recipe(
        training__epochs=15, evaluation__bank="", evaluation__queries=""
    )
    assert not pretrain(settings, folder, lambda line: None)["interrupted"]
    steps = [row["step"] for row in rows(folder)]
    assert steps == list(range(1, 61))
    pretrain(settings, tmp_path / "alone", lambda line: None)
    assert_same(folder, tmp_path / "alone")
