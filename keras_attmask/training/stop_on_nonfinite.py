"""Ends a run at a step whose loss or gradients are not finite."""

import keras

from keras_attmask.errors import InputError

_SHOWN = 8


class StopOnNonFinite(keras.callbacks.Callback):
    """Stops at such a step, or leaves out a few.

    The compiled step has moved nothing by then. Before it stops, the run
    takes the step back and saves, so that it goes on with that batch.

    Args:
        allowed: steps that may be left out, over the whole run.
        names_of: function of a step, from 0, that names the images of its
            batch.
        save: called before stopping.
        report: called with a line for a step that is left out.
    """

    def __init__(
        self, allowed=0, names_of=None, save=lambda: None, report=print
    ):
        super().__init__()
        self.allowed = allowed
        self._names_of, self._save, self._report = names_of, save, report
        self._seen = None

    def on_epoch_begin(self, epoch, logs=None):
        self._seen = None

    def on_train_batch_begin(self, batch, logs=None):
        if self._seen is None:  # other callbacks have restored metrics
            found = self.model.skipped_tracker.result()
            self._seen = float(keras.ops.convert_to_numpy(found))

    def on_train_batch_end(self, batch, logs=None):
        count = float(logs["skipped"])
        if count == self._seen:
            return
        self._seen = count
        model = self.model
        if keras.backend.backend() == "jax":
            model.jax_state_sync()  # `fit` keeps the state to itself
        total, step = int(model.skipped.numpy()), model.steps_made - 1
        what = f"loss or gradients of step {step + 1} are not finite"
        images = self._images(step)
        if total <= self.allowed:
            self._report(
                f"{what}; left out ({total} of {self.allowed}){images}"
            )
            return
        self._take_back()
        self._save()
        raise InputError(
            f"training: expected finite numbers; {what}; the state before it "
            "is saved. Try float32 or mixed_bfloat16 as training.dtype, a "
            "lower optimizer.learning_rate, a longer optimizer.warmup_epochs,"
            f" or training.skip_nonfinite={total} to leave it out{images}"
        )

    def _take_back(self):
        model = self.model
        model.step.assign(model.step - 1)
        model.skipped.assign(model.skipped - 1)
        model.skipped_tracker.total.assign(model.skipped_tracker.total - 1)
        iterations = model.optimizer.iterations
        iterations.assign(iterations - 1)

    def _images(self, step):
        if self._names_of is None:
            return ""
        names = self._names_of(step)
        more = f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN)
        return f"; its images: {', '.join(names[:_SHOWN])}{more}"
