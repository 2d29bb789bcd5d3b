"""`fit` that begins at any step."""

import keras


def fit_from(step, model, batches_from, callbacks, epochs, epoch_steps):
    """Trains from a step on, as a run from the beginning would.

    The rest of an epoch that was begun is a `fit` of its own, so "batch" of
    callbacks counts from there.

    Args:
        step: steps that led to the model's state.
        model: compiled; a `Stepper`.
        batches_from: function of an epoch and a step in it that returns
            what `fit` takes from there on.
        callbacks: list of Keras callbacks.
        epochs: of the whole run.
        epoch_steps: steps an epoch.
    """
    epoch, passed = divmod(step, epoch_steps)
    if passed:
        batches = batches_from(epoch, passed)
        rest = epoch_steps - passed
        _fit(model, batches, callbacks, epoch, epoch + 1, rest)
        epoch += 1
    if epoch < epochs:
        batches = batches_from(epoch, 0)
        _fit(model, batches, callbacks, epoch, epochs, epoch_steps)


def _fit(model, batches, callbacks, first, end, steps):
    # Keras counts the steps of a `PyDataset` by itself.
    counts = hasattr(batches, "__getitem__")
    model.fit(
        batches,
        initial_epoch=first,
        epochs=end,
        steps_per_epoch=None if counts else steps,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )


def end_epoch(epoch, model, callbacks):
    """Has callbacks do what the end of an epoch still asks for.

    Args:
        epoch: its number, from 0.
        model: whose metrics stand as at its last step.
        callbacks: list of Keras callbacks.
    """
    logs = keras.tree.map_structure(float, model.get_metrics_result())
    keras.callbacks.CallbackList(callbacks, model=model).on_epoch_end(
        epoch, logs
    )
