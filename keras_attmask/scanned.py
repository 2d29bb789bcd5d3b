"""Layers of one kind, one after another, as one program."""

import contextlib

import keras
from keras import ops

_known = {}  # stacks of values, by the ids of their variables


def _key(variables):
    return tuple(map(id, variables))


@contextlib.contextmanager
def stacks_of(variables, stacks):
    """Within, `scanned` takes these values for variables that are alike.

    A slope in such a stack is one array, where one in each of its variables
    would be taken apart and put together again.

    Args:
        variables: lists of variables, of those that layers have in common.
        stacks: a tensor for each list, its values along a first axis.
    """
    before = dict(_known)
    _known.update(zip(map(_key, variables), stacks))
    try:
        yield
    finally:
        _known.clear()
        _known.update(before)


def _stack(variables):
    values = [variable.value for variable in variables]
    known = _known.get(_key(variables))
    # A value may be of the type that its layer computes in.
    return ops.stack(values) if known is None else known.astype(values[0].dtype)


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
    values = [_stack(weights) for weights in alike]
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
