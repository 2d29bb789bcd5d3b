"""Who else takes part, as the environment of this process says."""

import dataclasses
import json

from keras_attmask.errors import InputError


@dataclasses.dataclass(frozen=True)
class Hosts:
    """Processes that train together.

    Attributes:
        said_by: TF_CONFIG, SLURM, JAX or TPU; "" for a process alone.
        count: how many there are.
        index: which of them this is, from 0.
        coordinator: address of the first, where the environment has it.
    """

    said_by: str = ""
    count: int = 1
    index: int = 0
    coordinator: str = ""


def find_hosts(environment):
    """Reads TF_CONFIG, SLURM's, JAX's and Cloud TPU's variables, in order.

    Args:
        environment: `os.environ`, or a dict like it.

    Raises:
        InputError: naming the variable that makes no sense.
    """
    for find in (_from_tf_config, _from_jax, _from_slurm, _from_tpu):
        found = find(environment)
        if found is not None:
            return found
    return Hosts()


def _from_tf_config(environment):
    text = environment.get("TF_CONFIG", "")
    if not text:
        return None
    try:
        config = json.loads(text)
        tasks = [
            (kind, number)
            for kind in ("chief", "worker")
            for number in range(len(config["cluster"].get(kind, ())))
        ]
        task = config["task"]
        index = tasks.index((task["type"], int(task["index"])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            "TF_CONFIG: expected JSON with the addresses of all workers in "
            "cluster.worker and this one in task.type and task.index, got "
            f"{text!r}"
        ) from error
    return Hosts("TF_CONFIG", len(tasks), index)


def _from_jax(environment):
    address = environment.get("JAX_COORDINATOR_ADDRESS", "")
    if not address or "JAX_NUM_PROCESSES" not in environment:
        return None
    count = _number(environment, "JAX_NUM_PROCESSES", 1)
    index = _number(environment, "JAX_PROCESS_ID", 0, count)
    return Hosts("JAX", count, index, address)


def _from_slurm(environment):
    # Without a step (`srun`) there is one process, whatever the job asks for.
    needed = ("SLURM_STEP_NODELIST", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID")
    if not all(environment.get(name) for name in needed):
        return None
    count = _number(environment, "SLURM_STEP_NUM_TASKS", 1)
    return Hosts("SLURM", count, _number(environment, "SLURM_PROCID", 0, count))


def _from_tpu(environment):
    names = environment.get("TPU_WORKER_HOSTNAMES", "")
    count = len([name for name in names.split(",") if name])
    if count < 2:
        return None
    return Hosts("TPU", count, _number(environment, "TPU_WORKER_ID", 0, count))


def _number(environment, name, least, end=None):
    text = environment.get(name, "")
    right = text.isdecimal() and int(text) >= least
    if not right or (end is not None and int(text) >= end):
        limit = "" if end is None else f", below {end}"
        raise InputError(
            f"{name}: expected a whole number, {least} or more{limit}, got "
            f"{text!r}"
        )
    return int(text)
