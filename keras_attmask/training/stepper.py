"""What models share whose training step is `training.update`."""

import keras
from keras import ops

from keras_attmask.training import update
from keras_attmask.training.step_mean import StepMean
from keras_attmask.training.step_mean import StepSum


class Stepper(keras.Model):
    """A model that is trained by `training.update`.

    Who derives from it says what a batch amounts to, in `outcome`, and what
    else moves after an update, in `follow`, which begins with `count`; and
    calls `make_counters` when its networks are there. Its `kept` is the
    network that the training is for.

    Attributes:
        accumulation: parts that a batch is worked through in.
        step: updates made, an int32 variable.
        skipped: those of them that were left out, likewise.
        skipped_tracker: metric of those.
        looped: lists of variables that a loop over blocks takes as one.
    """

    accumulation = 1
    looped = ()

    def make_counters(self):
        self.step = self._counter("step")
        self.skipped = self._counter("skipped")
        self.skipped_tracker = StepSum(name="skipped")

    @property
    def steps_made(self):
        """Updates that led to this state; on JAX as of the last sync."""
        return int(self.step.numpy())

    def compile(self, optimizer="rmsprop", **kwargs):
        """Keras' `compile`; makes the optimizer's variables at once.

        Made later, inside the first step, they would have TensorFlow trace
        that step twice.
        """
        super().compile(optimizer=optimizer, **kwargs)
        self._loss_tracker = StepMean(name="loss")
        self.optimizer.build(self.trainable_variables)

    def _counter(self, name):
        """A whole number, the same on all replicas."""
        return self.add_weight(
            name=name,
            shape=(),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: it is built, and hosts could not reduce their batches."""

    def count(self, outcome):
        """Counts a step and its loss.

        Args:
            outcome: of a batch, with "finite": 1 where all of it and the
                gradients are.

        Returns:
            Whether the step is finite, a bool scalar.
        """
        finite = outcome["finite"] >= 1.0
        self.step.assign(self.step + 1)
        left_out = 1 - ops.cast(finite, "int32")
        self.skipped.assign(self.skipped + left_out)
        self.skipped_tracker.update_state(left_out)
        self.track(self._loss_tracker, outcome["loss"], finite)
        return finite

    @staticmethod
    def track(tracker, value, finite=True):
        """Adds a value to a metric; leaves out what is not finite."""
        weight = ops.cast(finite, "float32")
        tracker.update_state(ops.where(finite, value, 0.0), weight)

    def train_step(self, *arguments):
        """One update by a batch; Keras calls it, on JAX with the state."""
        return update.step(self, *arguments)
