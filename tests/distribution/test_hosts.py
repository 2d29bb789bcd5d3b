import json

import pytest

from keras_attmask.distribution import Hosts
from keras_attmask.distribution import find_hosts
from keras_attmask.errors import InputError

WORKERS = {"worker": ["a:1", "b:1"]}
SLURM = {
    "SLURM_STEP_NODELIST": "node[1-2]",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_PROCID": "3",
}
JAX = {
    "JAX_COORDINATOR_ADDRESS": "a:1",
    "JAX_NUM_PROCESSES": "3",
    "JAX_PROCESS_ID": "2",
}


def tf_config(cluster, kind, index):
    task = {"type": kind, "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


@pytest.mark.parametrize(
    "environment, wanted",
    [
        ({}, Hosts()),
        (tf_config(WORKERS, "worker", 1), Hosts("TF_CONFIG", 2, 1)),
        (
            tf_config({"chief": ["c:1"], **WORKERS}, "worker", 1),
            Hosts("TF_CONFIG", 3, 2),
        ),
        (SLURM, Hosts("SLURM", 4, 3)),
        # A job's batch script is one process, however many tasks it has.
        ({"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}, Hosts()),
        (JAX, Hosts("JAX", 3, 2, "a:1")),
        ({**SLURM, **JAX}, Hosts("JAX", 3, 2, "a:1")),
        (
            {"TPU_WORKER_HOSTNAMES": "a,b", "TPU_WORKER_ID": "1"},
            Hosts("TPU", 2, 1),
        ),
        ({"TPU_WORKER_HOSTNAMES": "localhost"}, Hosts()),
    ],
)
def test_what_an_environment_says(environment, wanted):
    assert find_hosts(environment) == wanted


@pytest.mark.parametrize(
    "environment, message",
    [
        ({"TF_CONFIG": "{"}, "TF_CONFIG: expected JSON"),
        ({"TF_CONFIG": "[]"}, "TF_CONFIG: expected JSON"),
        (tf_config(WORKERS, "worker", 2), "TF_CONFIG: expected JSON"),
        (tf_config(WORKERS, "evaluator", 0), "TF_CONFIG: expected JSON"),
        (
            {**JAX, "JAX_PROCESS_ID": "3"},
            "JAX_PROCESS_ID: expected a whole number, 0 or more, below 3, "
            "got '3'",
        ),
        ({**SLURM, "SLURM_STEP_NUM_TASKS": "many"}, "SLURM_STEP_NUM_TASKS"),
    ],
)
def test_an_environment_that_makes_no_sense(environment, message):
    with pytest.raises(InputError, match="^" + message.split(",")[0]):
        find_hosts(environment)
