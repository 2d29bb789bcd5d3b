import numpy as np
import pytest

from keras_attmask.data import waiting as module
from keras_attmask.data.array_batches import ArrayBatches
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.waiting import Waiting
from keras_attmask.data.waiting import timed


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when a test says so."""
    seconds = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: seconds[0])
    return seconds


def test_the_watch_runs_between_begin_and_end(clock):
    waiting = Waiting()
    clock[0] += 1.0
    waiting.end()  # nobody has asked
    assert waiting.seconds == 0.0
    with waiting.running():
        clock[0] += 2.0
    clock[0] += 4.0
    with pytest.raises(KeyError), waiting.running():
        clock[0] += 8.0
        raise KeyError
    assert waiting.seconds == 10.0


def test_only_the_consumers_wait_counts(clock):
    tf = pytest.importorskip("tensorflow")

    def work(number):
        clock[0] += 3.0
        return number

    dataset = tf.data.Dataset.range(5).map(
        lambda number: tf.numpy_function(work, [number], tf.int64)
    )
    waiting = Waiting()
    found = []
    assert len(timed(dataset, waiting)) == 5
    for number in timed(dataset, waiting).as_numpy_iterator():
        found.append(int(number))
        clock[0] += 100.0  # a step of training
    assert found == list(range(5))
    assert waiting.seconds == 5 * 3.0


def test_arrays_are_timed_too(clock):
    class Images:
        shape, dtype, ndim = (8, 4, 4, 1), np.dtype("uint8"), 4

        def __len__(self):
            return 8

        def __getitem__(self, index):
            clock[0] += 5.0
            return np.zeros((len(index), 4, 4, 1), "uint8")

    waiting = Waiting()
    batches = ArrayBatches(ArraySource(Images()), 4, 0, waiting=waiting)
    assert waiting.seconds == 0.0
    assert batches[0]["images"].shape == (4, 4, 4, 1)
    assert waiting.seconds == 5.0
