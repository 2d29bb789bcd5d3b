"""From the name of a strategy to devices."""

import os

import keras

from keras_attmask.distribution import jax_devices
from keras_attmask.distribution import tensorflow_devices
from keras_attmask.distribution.devices import Devices
from keras_attmask.distribution.hosts import find_hosts
from keras_attmask.ending import others_wait
from keras_attmask.errors import InputError
from keras_attmask.strategies import check_strategy

_MAKE = {
    "mirrored": tensorflow_devices.mirrored,
    "multiworker": tensorflow_devices.multiworker,
    "tpu": tensorflow_devices.tpu,
    "jax": jax_devices.jax_devices,
}


def set_up(strategy="auto", environment=os.environ):
    """Finds the devices that train together, and meets other hosts.

    Call it first: frameworks meet other hosts before they do anything else.

    Args:
        strategy: "none" is one device; "mirrored", "multiworker" and "tpu"
            are `tf.distribute` strategies on TensorFlow; "jax" is all
            devices of all hosts on JAX; "auto" takes the one that fits what
            is there. PyTorch trains on one device.
        environment: where hosts are named, see `find_hosts`.

    Returns:
        `Devices`.

    Raises:
        InputError: for a strategy that the backend or the machine does not
            have.
    """
    backend = keras.backend.backend()
    check_strategy(strategy, backend)
    hosts = find_hosts(environment)
    if strategy == "auto":
        strategy = _automatic(backend, hosts, environment)
    if strategy == "none":
        return Devices(_kind(backend))
    devices = _MAKE[strategy](hosts)
    if devices.hosts > 1:
        others_wait()
    return devices


def _automatic(backend, hosts, environment):
    if backend == "tensorflow":
        if environment.get("TPU_NAME"):
            return "tpu"
        if hosts.count > 1:
            return "multiworker"
        kind, names = tensorflow_devices.local_devices()
        return "mirrored" if len(names) > 1 else "none"
    if backend == "jax":
        import jax

        jax_devices.join(hosts)
        return "jax" if jax.device_count() > 1 else "none"
    if hosts.count > 1:
        raise InputError(
            f"--strategy: expected tensorflow or jax as KERAS_BACKEND for "
            f"{hosts.count} hosts ({hosts.said_by}), got {backend}; none "
            "trains here alone"
        )
    return "none"


def _kind(backend):
    if backend == "tensorflow":
        return tensorflow_devices.local_devices()[0]
    if backend == "jax":
        import jax

        return jax.default_backend().upper()
    import torch

    return "GPU" if torch.cuda.is_available() else "CPU"
