"""Names of the ways in which devices train together."""

from keras_attmask.errors import InputError

STRATEGIES = ("auto", "none", "mirrored", "multiworker", "tpu", "jax")
_OF_BACKEND = {
    "tensorflow": ("mirrored", "multiworker", "tpu"),
    "jax": ("jax",),
    "torch": (),
}


def check_strategy(name, backend):
    """Refuses a strategy that a backend does not have.

    Args:
        name: one of `STRATEGIES`.
        backend: of Keras.

    Raises:
        InputError: naming those that it has.
    """
    fitting = ("auto", "none", *_OF_BACKEND[backend])
    if name not in fitting:
        raise InputError(
            f"--strategy: expected one of {', '.join(fitting)} on the "
            f"{backend} backend, got {name!r}"
        )
