"""Layers of one kind, one after another, as one program."""

import keras
from keras import ops


def scans(x):
    """Whether `scanned` is the road to take: JAX, while it compiles."""
    if keras.backend.backend() != "jax":
        return False
    import jax

    return isinstance(x, jax.core.Tracer)


def scanned(layers, x, options, remat=False):
    """`x` through all layers, by a loop that JAX compiles once.

    Of the inside of a layer products alone are kept for gradients, and what
    is cheap is computed again: the loop would otherwise store each number
    that it comes by.

    Args:
        layers: built Keras layers that differ in their weights' values and in
            options alone. Their state does not change.
        x: tensor that a layer takes and returns.
        options: a dict of tensors for each layer, of the same names and
            shapes.
        remat: keep the input of each layer alone.
    """
    import jax

    first = layers[0]
    alike = zip(*(layer.weights for layer in layers))
    values = [ops.stack([w.value for w in weights]) for weights in alike]
    options = keras.tree.map_structure(lambda *x: ops.stack(x), *options)

    def one(x, given):
        values, options = given
        mapping = list(zip(first.weights, values))
        with keras.StatelessScope(state_mapping=mapping):
            return first(x, **options), None

    policies = jax.checkpoint_policies
    kept = policies.nothing_saveable if remat else policies.dots_saveable
    # In a loop nothing else can undo what is computed again.
    one = jax.checkpoint(one, policy=kept, prevent_cse=False)
    return jax.lax.scan(one, x, (values, options))[0]
