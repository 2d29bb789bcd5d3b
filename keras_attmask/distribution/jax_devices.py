"""Devices of JAX, of one host or of many."""

import contextlib
import re

import keras
import numpy as np

from keras_attmask.distribution.devices import Devices
from keras_attmask.errors import InputError

# What they are told by: on CPUs, on GPUs, and by all hosts' coordinator.
_OF_LOST_HOST = re.compile("Gloo|NCCL|[Cc]oordination|UNAVAILABLE")


class JaxDevices(Devices):
    """All devices of JAX, by `keras.distribution.DataParallel`."""

    strategy = "jax"

    def __init__(self):
        import jax

        super().__init__(jax.default_backend().upper())
        self.count = jax.device_count()
        self.hosts, self.host = jax.process_count(), jax.process_index()
        self._distribution = keras.distribution.DataParallel(
            devices=keras.distribution.list_devices(), auto_shard_dataset=False
        )

    def scope(self):
        return self._distribution.scope()

    def fitting(self):
        return self._distribution.scope()

    @contextlib.contextmanager
    def alone(self):
        former = keras.distribution.distribution()
        keras.distribution.set_distribution(None)
        try:
            yield
        finally:
            keras.distribution.set_distribution(former)

    def sum(self, numbers):
        if self.hosts == 1:
            return super().sum(numbers)
        from jax.experimental.multihost_utils import process_allgather

        gathered = process_allgather(np.asarray(numbers, "int32"))
        return np.asarray(gathered).sum(axis=0, dtype="int32")

    def is_of_lost_host(self, error):
        import jax

        # A `ValueError` where arrays are waited for one by one.
        kinds = (jax.errors.JaxRuntimeError, ValueError)
        found = _OF_LOST_HOST.search(str(error))
        return isinstance(error, kinds) and bool(found)


def join(hosts):
    """Meets the other hosts; before JAX is asked for anything else.

    Args:
        hosts: `Hosts`.

    Raises:
        InputError: when they are not met.
    """
    import jax

    if hosts.said_by == "TF_CONFIG":
        raise InputError(
            "TF_CONFIG: expected JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES "
            "and JAX_PROCESS_ID, or a SLURM step, on the jax backend"
        )
    if hosts.count == 1 or jax.distributed.is_initialized():
        return
    known = {}
    if hosts.said_by == "JAX":
        known = {
            "coordinator_address": hosts.coordinator,
            "num_processes": hosts.count,
            "process_id": hosts.index,
        }
    try:
        jax.distributed.initialize(**known)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"--strategy: expected to meet {hosts.count - 1} other hosts, "
            f"got {reason}"
        ) from error


def jax_devices(hosts):
    """All devices of all hosts."""
    join(hosts)
    return JaxDevices()
