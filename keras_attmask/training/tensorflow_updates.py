"""AdamW on TensorFlow, where each replica has its own copy of a variable."""

import keras
import tensorflow as tf


def _own(variable):
    """TensorFlow's variable behind Keras'."""
    keras_own = isinstance(variable, keras.Variable)
    return variable.value if keras_own else variable


def update(optimizer, parts, rate, condition):
    """Moves groups of variables by gradients that replicas add up.

    Args:
        optimizer: an `AdamW`.
        parts: list of `(Group, variables, gradients)`; a gradient may be
            None.
        rate: learning rate, a scalar.
        condition: scalar, without whose truth nothing moves, or None.
    """
    groups, variables, gradients = zip(*parts)
    variables = [[_own(v) for v in its] for its in variables]
    tf.__internal__.distribute.interim.maybe_merge_call(
        _on_each,
        tf.distribute.get_strategy(),
        optimizer,
        groups,
        variables,
        _sum_over_replicas(gradients),
        rate,
        condition,
    )


def _sum_over_replicas(gradients):
    context = tf.distribute.get_replica_context()
    if not context or tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return gradients
    flat = [g for its in gradients for g in its if g is not None]
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, flat))
    return [
        [None if g is None else next(summed) for g in its] for its in gradients
    ]


def _on_each(
    strategy, optimizer, groups, variables, gradients, rate, condition
):
    """Has every replica move its own."""
    for group, its, slopes in zip(groups, variables, gradients):

        def move(moments, velocities, *given, law=group.law):
            optimizer.update_group(law, (moments, velocities), *given)

        strategy.extended.update(
            _own(group.moments),
            move,
            args=(_own(group.velocities), its, slopes, rate, condition),
            group=False,
        )
