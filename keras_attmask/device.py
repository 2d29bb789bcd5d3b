"""The accelerator of the framework that does the work, and its memory."""

import dataclasses

import keras


@dataclasses.dataclass(frozen=True)
class Accelerator:
    """A GPU or TPU.

    Attributes:
        name: of the kind of device.
        peak: the most bytes that this process has held there at once.
        limit: bytes that this process can have there; None where the
            framework does not tell.
    """

    name: str
    peak: int
    limit: int | None


def accelerator():
    """The first `Accelerator` as it stands; None where there is but a CPU."""
    return _FINDERS[keras.backend.backend()]()


def _of_jax():
    import jax

    device = jax.devices()[0]
    if device.platform == "cpu":
        return None
    facts = device.memory_stats() or {}
    return Accelerator(
        device.device_kind,
        facts.get("peak_bytes_in_use", 0),
        facts.get("bytes_limit"),
    )


def _of_torch():
    import torch

    if not torch.cuda.is_available():
        return None
    free, _ = torch.cuda.mem_get_info()
    return Accelerator(
        torch.cuda.get_device_name(),
        torch.cuda.max_memory_allocated(),
        free + torch.cuda.memory_reserved(),
    )


def _of_tensorflow():
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    if not found:
        return None
    facts = tf.config.experimental.get_device_details(found[0])
    peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    return Accelerator(facts.get("device_name", "GPU"), peak, None)


_FINDERS = {
    "jax": _of_jax,
    "torch": _of_torch,
    "tensorflow": _of_tensorflow,
}
