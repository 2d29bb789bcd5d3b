"""Numbers gathered over steps, the same on all replicas."""

import keras


class StepMean(keras.metrics.Mean):
    """A `keras.metrics.Mean` of what every replica knows alike.

    Keras' own adds up the sums of all replicas when it is read. That doubles
    what is the same on two, and on several hosts every one must take part
    in reading.
    """

    def add_variable(self, *arguments, **options):
        options["aggregation"] = "only_first_replica"
        return super().add_variable(*arguments, **options)


class StepSum(StepMean):
    """A sum, by the same rule."""

    def result(self):
        return self.total + 0.0  # a tensor
