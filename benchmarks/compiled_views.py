"""The views' device part as one compiled function, on any backend."""


def compiled_views(law):
    """Makes a function of a batch, see `data.MultiCropViews`.

    Args:
        law: a `ViewLaw`.

    Returns:
        A function that returns the global and local views when they are done.
    """
    import keras

    from keras_attmask.data.views import MultiCropViews

    views = MultiCropViews(law)
    backend = keras.backend.backend()

    def work(batch):
        made = views(batch, step_key=0)
        return made["global"], made["local"]

    if backend == "jax":
        import jax

        compiled = jax.jit(work)
        return lambda batch: jax.block_until_ready(compiled(batch))
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(work, jit_compile=True)
    return _waiting_for_torch(work)


def _waiting_for_torch(work):
    """`work`, done when it returns, on the device that Keras uses."""
    import torch

    def waiting(batch):
        with torch.no_grad():
            made = work(batch)
        if made[0].is_cuda:
            torch.cuda.synchronize()
        return made

    return waiting
