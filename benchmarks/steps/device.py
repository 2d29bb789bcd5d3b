"""The accelerator of the framework that a step uses."""

import keras


def accelerator():
    """Its name, or None where there is but a CPU."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        device = jax.devices()[0]
        return None if device.platform == "cpu" else device.device_kind
    if backend == "torch":
        import torch

        found = torch.cuda.is_available()
        return torch.cuda.get_device_name() if found else None
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    if not found:
        return None
    facts = tf.config.experimental.get_device_details(found[0])
    return facts.get("device_name", "GPU")
