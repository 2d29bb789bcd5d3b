"""One update of a `Stepper`: gradients first, then everything moves."""

import keras
from keras import ops

from keras_attmask.scanned import stacks_of
from keras_attmask.training.finite import apply_if
from keras_attmask.training.finite import which_are_finite
from keras_attmask.training.gradients import value_and_gradients
from keras_attmask.training.packed import Packed
from keras_attmask.training.replicas import mean_over_devices
from keras_attmask.training.replicas import readable


def step(model, *arguments):
    """Trains by one batch.

    Args:
        model: a compiled `Stepper`.
        *arguments: the batch; on JAX first the state, lists of values of the
            trainable, other, optimizer's and metrics' variables.

    Returns:
        The logs; on JAX a pair of them and the new state.
    """
    *state, batch = arguments
    batch, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
    if state:
        return _stateless(model, state[0], batch)
    if keras.backend.backend() == "torch":
        import torch

        with torch.no_grad():
            return _in_place(model, batch)
    return _in_place(model, batch)


def _in_place(model, batch):
    outcome, gradients = _over_devices(model, batch)
    optimizer, variables = model.optimizer, model.trainable_variables
    apply_if(
        outcome,
        optimizer,
        gradients,
        lambda gradients: optimizer.apply(gradients, variables),
    )
    model.follow(outcome)
    return readable(model.get_metrics_result())


def _stateless(model, state, batch):
    """For JAX: values come in and go out as lists."""
    lists = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    with keras.StatelessScope(state_mapping=_mapping(lists, state)):
        outcome, gradients = _over_devices(model, batch)
    trainable, fixed, slots, metrics = state
    trainable, slots = apply_if(
        outcome,
        model.optimizer,
        gradients,
        lambda gradients: model.optimizer.stateless_apply(
            slots, gradients, trainable
        ),
    )
    mapping = _mapping(lists, (trainable, fixed, slots, metrics))
    with keras.StatelessScope(state_mapping=mapping) as scope:
        model.follow(outcome)
        logs = model.get_metrics_result()
    state = tuple(
        [scope.get_current_value(v) for v in variables] for variables in lists
    )
    return logs, state


def _mapping(lists, state):
    return [
        pair
        for variables, values in zip(lists, state)
        for pair in zip(variables, values)
    ]


def _over_devices(model, batch):
    """Outcome and gradients of a batch that devices may share."""
    variables = [
        *model.trainable_variables,
        *model.non_trainable_variables,
        *model.optimizer.variables,
    ]

    def alone(values, batch):
        mapping = list(zip(variables, values))
        with keras.StatelessScope(state_mapping=mapping):
            outcome, gradients = _average(model, batch)
            found = which_are_finite(
                outcome["loss"], gradients, model.optimizer
            )
            return {**outcome, **found}, gradients

    values = [variable.value for variable in variables]
    return mean_over_devices(alone, values, batch)


def _average(model, batch):
    """Outcome and gradients of a batch, or the mean of those of its parts."""
    parts = model.accumulation
    if parts == 1:
        return _of_part(model, batch)

    def add(number, total):
        found = _of_part(model, _part(batch, parts, number))
        return keras.tree.map_structure(
            lambda old, new: old + new / parts, total, found
        )

    zeros = [ops.zeros(v.shape, v.dtype) for v in model.trainable_variables]
    return ops.fori_loop(0, parts, add, (model.zero_outcome(), zeros))


def _part(batch, parts, number):
    """Every `parts`-th image: parts of a batch on many devices stay there."""

    def cut(x):
        size = ops.shape(x)[0] // parts
        split = ops.reshape(x, (size, parts, *x.shape[1:]))
        return ops.take(split, number, axis=1)

    return keras.tree.map_structure(cut, batch)


def _of_part(model, batch):
    """Outcome of some images, and the gradients of their loss."""
    given = model.trainable_variables
    others = [*model.non_trainable_variables, *model.optimizer.variables]
    packed = Packed(given, model.looped)

    def loss(values):
        mapping = [
            *zip(given, packed.unpack(values)),
            *((v, v.value) for v in others),
        ]
        stacks = stacks_of(packed.alike, values)
        with keras.StatelessScope(state_mapping=mapping), stacks:
            outcome = model.outcome(batch)
            return model.optimizer.scale_loss(outcome["loss"]), outcome

    values = packed.pack([v.value for v in given])
    _, outcome, gradients = value_and_gradients(loss, values)
    return outcome, packed.unpack(gradients)
