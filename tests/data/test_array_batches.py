import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.data.array_batches import ArrayBatches
from keras_attmask.data.order import BatchOrder
from keras_attmask.data.source_types import ArraySource

IMAGES = np.arange(11, dtype="uint8").reshape(11, 1, 1, 1)


class Recorder(keras.Model):
    """Writes down the index of every batch that it is trained on."""

    def __init__(self, steps, batch_size):
        super().__init__()
        shape = (steps, batch_size)
        self.dense = keras.layers.Dense(1)
        self.dense.build((None, 1))
        self.seen = self.add_weight(
            shape=shape, dtype="int32", initializer="zeros", trainable=False
        )
        self.step = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False
        )
        self.built = True

    def call(self, batch):
        pixels = ops.cast(batch["images"], "float32")
        return self.dense(ops.reshape(pixels, (-1, 1)))

    def compute_loss(self, x, y, y_pred, sample_weight, training=True):
        place = ops.convert_to_tensor([self.step.value, 0])
        rows = ops.expand_dims(ops.cast(x["index"], "int32"), 0)
        self.seen.assign(ops.slice_update(self.seen.value, place, rows))
        self.step.assign(self.step + 1)
        return ops.mean(y_pred)


def seen_by_fit(batches, epochs, initial_epoch=0):
    count = len(batches) * (epochs - initial_epoch)
    model = Recorder(count, len(batches[0]["index"]))
    model.compile(optimizer=keras.optimizers.SGD(0.0))
    model.fit(
        batches,
        epochs=epochs,
        initial_epoch=initial_epoch,
        shuffle=False,
        verbose=0,
    )
    return ops.convert_to_numpy(model.seen)


def expected(order, epochs, initial_epoch=0):
    return np.stack(
        [
            order.indices(epoch, step)
            for epoch in range(initial_epoch, epochs)
            for step in range(order.epoch_steps)
        ]
    )


def test_item():
    batch = ArrayBatches(ArraySource(IMAGES), batch_size=4, seed=0)[1]
    assert batch["images"].dtype == "uint8" and batch["index"].dtype == "int32"
    np.testing.assert_array_equal(batch["images"], IMAGES[batch["index"]])


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("epoch_steps", [None, 1, 5])
def test_fit_sees_epoch_after_epoch(workers, epoch_steps):
    batches = ArrayBatches(ArraySource(IMAGES), 4, 3, epoch_steps)
    batches.workers = workers
    order = BatchOrder(len(IMAGES), 4, 3, epoch_steps)
    np.testing.assert_array_equal(seen_by_fit(batches, 3), expected(order, 3))


def test_fit_goes_on_from_a_later_epoch():
    batches = ArrayBatches(ArraySource(IMAGES), 4, 3, start_epoch=2)
    order = BatchOrder(len(IMAGES), 4, 3)
    np.testing.assert_array_equal(
        seen_by_fit(batches, 4, 2), expected(order, 4, 2)
    )


def test_fit_sees_the_rest_of_an_epoch():
    source = ArraySource(IMAGES)
    batches = ArrayBatches(source, 4, 3, 5, start_epoch=2, start_step=3)
    order = BatchOrder(len(IMAGES), 4, 3, 5)
    np.testing.assert_array_equal(
        seen_by_fit(batches, 3, 2), expected(order, 3, 2)[3:]
    )
