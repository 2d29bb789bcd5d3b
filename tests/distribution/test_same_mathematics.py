"""However many devices and hosts share a batch, the run is the same."""

import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from free_ports import free_ports

HERE = pathlib.Path(__file__).parent
BACKEND = keras.backend.backend()
on_tensorflow = pytest.mark.skipif(
    BACKEND != "tensorflow", reason="a strategy of TensorFlow"
)
on_jax = pytest.mark.skipif(BACKEND != "jax", reason="devices of JAX")


def start(*words, program="twenty_steps.py", **variables):
    environment = {**os.environ, "KERAS_BACKEND": BACKEND, **variables}
    path = [str(HERE.parent), *environment.get("PYTHONPATH", "").split(":")]
    environment["PYTHONPATH"] = ":".join(path)
    return subprocess.Popen(
        [sys.executable, HERE / program, *map(str, words)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(*processes):
    """Waits; returns what the last one printed."""
    for process in processes:
        printed = process.communicate(timeout=400)[0]
        assert process.returncode == 0, printed[-3000:]
    return printed


def read(file):
    """Values by path, without what no loss has a say in.

    The gradient of an attention's key bias is zero but for rounding, which
    AdamW scales up to whole steps.
    """
    with np.load(file) as found:
        values = dict(found)
    for name, value in values.items():
        if "qkv" in name and value.ndim == 1:
            third = len(value) // 3
            values[name] = np.delete(value, slice(third, 2 * third))
    return values


def assert_same(file, wanted):
    found, wanted = read(file), read(wanted)
    assert found.keys() == wanted.keys() and len(wanted["losses"]) == 20
    for name, value in wanted.items():
        largest = np.abs(value).max()
        np.testing.assert_allclose(
            found[name], value, rtol=1e-5, atol=1e-5 * largest, err_msg=name
        )


@on_tensorflow
def test_replicas_and_hosts_of_tensorflow(tmp_path):
    """Four replicas work their parts through in two parts each."""
    wanted = tmp_path / "1.npz"
    for count in (1, 2, 4):
        file = tmp_path / f"{count}.npz"
        finish(start("auto", file, count))
        assert_same(file, wanted)
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    processes = []
    for number in range(2):
        task = {"type": "worker", "index": number}
        config = {"cluster": {"worker": addresses}, "task": task}
        file = tmp_path / "hosts.npz"
        processes.append(start("auto", file, TF_CONFIG=json.dumps(config)))
    finish(*processes)
    assert_same(tmp_path / "hosts.npz", wanted)


@on_tensorflow
def test_all_replicas_hear_that_a_gradient_of_one_overflows():
    printed = finish(start(program="one_replica_overflows.py"))
    lines = [line for line in printed.splitlines() if line.startswith("[[")]
    weights, scales = zip(*map(json.loads, lines))
    assert weights == ([1.0, 1.0], [0.875, 0.875])
    assert scales == ([4.0, 4.0], [4.0, 4.0])


def with_devices(count):
    flags = os.environ.get("XLA_FLAGS", "")
    return f"{flags} --xla_force_host_platform_device_count={count}"


@on_jax
def test_devices_and_hosts_of_jax(tmp_path):
    alone, many, hosts = (
        tmp_path / f"{name}.npz" for name in ("alone", "many", "hosts")
    )
    finish(start("none", alone))
    finish(start("auto", many, XLA_FLAGS=with_devices(8)))
    assert_same(many, alone)
    address = f"localhost:{free_ports(1)[0]}"
    finish(
        *(
            start(
                "jax",
                hosts,
                XLA_FLAGS=with_devices(2),
                JAX_COORDINATOR_ADDRESS=address,
                JAX_NUM_PROCESSES="2",
                JAX_PROCESS_ID=str(number),
            )
            for number in range(2)
        )
    )
    assert_same(hosts, alone)
