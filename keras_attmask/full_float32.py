"""Products in true float32."""

import contextlib

import keras


@contextlib.contextmanager
def full_float32():
    """Switches TensorFloat-32 off inside the `with`.

    GPUs round the factors of float32 products to 10 bits by default; the
    exported model is checked on the CPU, which does not.
    """
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        with jax.default_matmul_precision("highest"):
            yield
    elif backend == "tensorflow":
        with _tensorflow_float32():
            yield
    else:
        with _torch_float32():
            yield


@contextlib.contextmanager
def _tensorflow_float32():
    import tensorflow as tf

    settings = tf.config.experimental
    before = settings.tensor_float_32_execution_enabled()
    settings.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        settings.enable_tensor_float_32_execution(before)


@contextlib.contextmanager
def _torch_float32():
    from torch import backends

    switches = (backends.cuda.matmul, backends.cudnn)
    before = [switch.allow_tf32 for switch in switches]
    for switch in switches:
        switch.allow_tf32 = False
    try:
        yield
    finally:
        for switch, value in zip(switches, before):
            switch.allow_tf32 = value
