"""What the work is done on, where it matters to how it is done."""

import functools
import pathlib
import platform

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


@functools.cache
def slow_in_mkl():
    """Whether MKL uses half of a processor's width, where oneDNN uses all.

    On processors of AMD, MKL keeps to AVX2.
    """
    import torch

    return (
        torch.backends.mkldnn.is_available()
        and torch.backends.cpu.get_cpu_capability() == "AVX512"
        and "AuthenticAMD" in _maker()
    )


def _maker():
    """Text that names the processor's maker, if the system knows it."""
    try:
        return pathlib.Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor()


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
