"""Runs on two hosts that end: by a signal, by a lost host, by a mistake."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import keras
import pytest
from free_ports import free_ports
from shrunk import rows
from tiny import TINY

from keras_attmask.__main__ import main
from keras_attmask.training.checkpoints import Checkpoints

BACKEND = keras.backend.backend()
WORDS = [
    *TINY,
    "--recipe.training.epochs=40",
    "--recipe.evaluation.bank=",
    "--recipe.evaluation.queries=",
]


def hosts():
    """Environments of two processes that train together."""
    ports = free_ports(2)
    workers = [f"localhost:{port}" for port in ports]
    for number in range(2):
        if BACKEND == "jax":
            yield {
                "JAX_COORDINATOR_ADDRESS": workers[0],
                "JAX_NUM_PROCESSES": "2",
                "JAX_PROCESS_ID": str(number),
            }
        else:
            task = {"type": "worker", "index": number}
            config = {"cluster": {"worker": workers}, "task": task}
            yield {"TF_CONFIG": json.dumps(config)}


def start(folder, variables):
    command = [sys.executable, "-m", "keras_attmask", "pretrain", *WORDS]
    return subprocess.Popen(
        [*command, f"--run={folder}", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "KERAS_BACKEND": BACKEND, **variables},
    )


def wait_for_a_step(processes, folder):
    limit, file = time.monotonic() + 300, folder / "metrics.jsonl"
    while not (file.is_file() and '"step": 5,' in file.read_text()):
        for process in processes:
            assert process.poll() is None, process.communicate()[0][-3000:]
        assert time.monotonic() < limit
        time.sleep(0.02)


pytestmark = pytest.mark.skipif(
    BACKEND == "torch", reason="trains on one device"
)


def test_a_signal_to_one_host_ends_both_and_one_goes_on(tmp_path, capsys):
    folder = tmp_path / "run"
    processes = [start(folder, variables) for variables in hosts()]
    wait_for_a_step(processes, folder)
    processes[1].send_signal(signal.SIGTERM)  # not the one that saves
    printed = [process.communicate(timeout=200)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], printed
    for text in printed:
        line = next(x for x in text.splitlines() if x.startswith("{"))
        assert json.loads(line)["interrupted"]
    assert "2 CPUs on 2 hosts" in printed[0]
    assert "k-NN" not in printed[1] and "epoch" not in printed[1]
    step = Checkpoints(folder).newest().step
    assert 5 <= step < 160
    epochs = -(-step // 4) + 1
    words = [*WORDS, f"--recipe.training.epochs={epochs}", "--accept_recipe"]
    assert main(["pretrain", *words, f"--run={folder}"]) == 0
    said = capsys.readouterr().out
    assert f"going on from step {step}" in said and "one CPU" in said
    steps = [row["step"] for row in rows(folder)]
    assert steps == list(range(1, 4 * epochs + 1))


def kill(process, folder):
    process.kill()


def take_the_room(process, folder):
    """Where checkpoints were, there is a file."""
    shutil.rmtree(folder / "checkpoints")
    (folder / "checkpoints").touch()


@pytest.mark.parametrize(
    ("harm", "status", "said"),
    [(kill, -signal.SIGKILL, ""), (take_the_room, 2, "--run: expected room")],
)
def test_a_host_whose_chief_is_gone_says_so_in_a_line(
    harm, status, said, tmp_path
):
    folder = tmp_path / "run"
    chief, other = (start(folder, variables) for variables in hosts())
    wait_for_a_step([chief, other], folder)
    harm(chief, folder)
    printed = [p.communicate(timeout=200)[0] for p in (chief, other)]
    assert (chief.returncode, other.returncode) == (status, 1), printed
    assert said in printed[0]
    assert "attmask: error: host 1 of 2 lost another one" in printed[1]
    assert "Traceback" not in printed[0] + printed[1]
