"""A function or a layer as one program.

Operation by operation, JAX compiles a small program for each and each shape:
a network that is called once waits longer for those than for a whole one.
The other backends run operations as they come, and so does this for them.
"""

import keras


def _plain(options):
    """Those that are no arrays: parts of the program, not its input."""
    return {n: v for n, v in options.items() if not hasattr(v, "shape")}


def as_one(function, *arguments, **options):
    """Calls a function of arrays; JAX compiles it whole.

    Args:
        function: to call; the same one is compiled once a shape.
        *arguments: its arrays.
        **options: more of them, or values that can be hashed.

    Returns:
        What `function` returns.
    """
    if keras.backend.backend() != "jax":
        return function(*arguments, **options)
    import jax

    program = jax.jit(function, static_argnames=tuple(_plain(options)))
    return program(*arguments, **options)


def compiled(function):
    """A function of arrays that is called again and again, made fast.

    JAX and TensorFlow compile it once a shape; PyTorch runs it without
    gradients.

    Args:
        function: pure, of positional arrays, or lists and dicts of them.
    """
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, reduce_retracing=True)
    import torch

    return torch.no_grad()(function)


def call_as_one(layer, *arguments, **options):
    """Calls a built layer to look at what it says; JAX compiles it whole.

    JAX compiles once for a layer, its plain options and shapes, loses what
    the call does to the layer's state, and gives a dict back in the order of
    its names.

    Args:
        layer: a Keras layer or model, built.
        *arguments: its arrays.
        **options: likewise, or values that can be hashed.

    Returns:
        What `layer` returns.
    """
    if keras.backend.backend() != "jax":
        return layer(*arguments, **options)
    plain = _plain(options)
    arrays = {n: v for n, v in options.items() if n not in plain}
    # Kept with the layer, and not among what Keras saves of it.
    programs = layer.__dict__.setdefault("_programs_to_look", {})
    key = tuple(sorted(plain.items()))
    if key not in programs:
        programs[key] = _program(layer, plain)
    weights = [
        [variable.value for variable in variables]
        for variables in (
            layer.trainable_variables,
            layer.non_trainable_variables,
        )
    ]
    return programs[key](*weights, arguments, arrays)


def _program(layer, plain):
    import jax

    @jax.jit
    def program(trainable, rest, arguments, arrays):
        return layer.stateless_call(
            trainable, rest, *arguments, **arrays, **plain
        )[0]

    return program
