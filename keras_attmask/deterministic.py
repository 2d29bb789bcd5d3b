"""Operations that give the same bits each time."""

import os

import keras

_FLAG = "--xla_gpu_deterministic_ops=true"


def use_deterministic_operations():
    """Has the backend leave out operations whose sums change their order.

    Call it before anything is computed. On a CPU, PyTorch and JAX have none
    of them; TensorFlow has a few.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    elif backend == "jax":
        # Read when the first array is made.
        flags = os.environ.get("XLA_FLAGS", "")
        if _FLAG not in flags:
            os.environ["XLA_FLAGS"] = f"{flags} {_FLAG}".strip()
    else:
        import torch

        # What cuBLAS needs for it, unless someone has chosen.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
