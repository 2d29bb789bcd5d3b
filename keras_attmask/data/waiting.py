"""How long training waits for its data."""

import contextlib
import time

from keras_attmask.data.host_tensorflow import import_tensorflow


class Waiting:
    """A stopwatch that runs while a batch is asked for and not yet there.

    Attributes:
        seconds: how long it has run.
    """

    def __init__(self):
        self.seconds = 0.0
        self._begun = None

    def begin(self):
        """Somebody asks for a batch."""
        self._begun = time.perf_counter()

    def end(self):
        """The batch is there."""
        if self._begun is not None:
            self.seconds += time.perf_counter() - self._begun
        self._begun = None

    @contextlib.contextmanager
    def running(self):
        """Runs while the block does."""
        self.begin()
        try:
            yield
        finally:
            self.end()


def timed(dataset, waiting):
    """A data set whose every element is waited for under a stopwatch.

    A zip asks its parts in order: one that starts the watch, the data, one
    that stops it. Neither is run ahead of time.

    Args:
        dataset: a `tf.data.Dataset` of known length.
        waiting: a `Waiting`.

    Returns:
        A `tf.data.Dataset` of the same elements.
    """
    tf = import_tensorflow()

    def marks(act):
        def mark(number):
            act()
            return number

        return tf.data.Dataset.counter().map(
            lambda number: tf.numpy_function(mark, [number], tf.int64)
        )

    parts = (marks(waiting.begin), dataset, marks(waiting.end))
    options = tf.data.Options()
    options.experimental_optimization.map_parallelization = False
    options.experimental_optimization.inject_prefetch = False
    return (
        tf.data.Dataset.zip(parts)
        .map(lambda begun, element, ended: element)
        .apply(tf.data.experimental.assert_cardinality(len(dataset)))
        .with_options(options)
    )
