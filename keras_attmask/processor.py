"""What the work is done on, where it matters to how it is done."""

import functools

import keras


def on_eager_cpu(x):
    """Whether `x` is a PyTorch tensor on a CPU.

    There operations run one by one, and looking at their values is free.
    Compiled backends have no values yet, and a GPU would be waited for.
    """
    return keras.backend.backend() == "torch" and x.device.type == "cpu"


@functools.cache
def compiles_for_cpu():
    """Whether JAX or TensorFlow compiles the work, for a CPU.

    There a loop may end when its work is done: on an accelerator the host
    would have to be asked.
    """
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        found = tf.config.list_logical_devices()
        return {device.device_type for device in found} == {"CPU"}
    return False


def multiplies(policy):
    """Whether products in a dtype policy's type are not made one by one.

    PyTorch multiplies half-width numbers on a CPU by plain loops, five to
    a hundred times as slow as float32, unless the processor can do it.

    Args:
        policy: "float32", "mixed_bfloat16" or "mixed_float16".
    """
    if policy == "float32" or keras.backend.backend() != "torch":
        return True
    import torch

    known = torch.ops.mkldnn
    return (
        torch.cuda.is_available()
        or {
            "mixed_bfloat16": known._is_mkldnn_bf16_supported,
            "mixed_float16": known._is_mkldnn_fp16_supported,
        }[policy]()
    )
