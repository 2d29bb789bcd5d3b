"""A function as one program."""

import functools

import keras


def as_one(function, *arguments, **options):
    """Calls `function`; JAX, which compiles, compiles it whole.

    Operation by operation, JAX would compile a program for each.

    Args:
        function: to call.
        *arguments: its arrays.
        **options: what is no array and stays as it is.
    """
    function = functools.partial(function, **options)
    if keras.backend.backend() == "jax":
        import jax

        function = jax.jit(function)
    return function(*arguments)
