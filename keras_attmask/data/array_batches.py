"""Shuffled batches of whole images, for augmentation on the device."""

import keras

from keras_attmask.data.host_tensorflow import import_tensorflow
from keras_attmask.data.order import BatchOrder
from keras_attmask.data.waiting import Waiting


class ArrayBatches(keras.utils.PyDataset):
    """Feeds images in memory to `fit`.

    A batch depends on the seed, the epoch and the step alone. `fit` looks
    at batches before training starts and reports the end of an epoch that
    never began; only an epoch whose last batch was handed out, after its
    beginning was reported, counts as over.

    Call `fit` with `shuffle=False`, or it will ask for the batches of an
    epoch in an order of its own, and without `steps_per_epoch`, whose place
    `epoch_steps` takes.

    Args:
        source: an `ArraySource`.
        batch_size: images a batch B.
        seed: a whole number, 0 or more.
        epoch_steps: batches an epoch; None means one pass over the images.
        start_epoch: the epoch to begin with, as `initial_epoch` of `fit`.
        start_step: the step of each epoch to begin with; for a `fit` of the
            rest of one.
        waiting: a `Waiting` that measures how long batches take to gather.
        share: `(number, of)`, the part of each batch that this host gets.
        beside: dict of further arrays `(n, ...)`, whose rows join a batch.

    Returns:
        Each item is a dict: "images" uint8 `(B, H, W, C)`, "index" int32
        `(B,)`, the images' places in the source, and what is beside.
    """

    def __init__(
        self,
        source,
        batch_size,
        seed,
        epoch_steps=None,
        start_epoch=0,
        start_step=0,
        waiting=None,
        share=(0, 1),
        beside=None,
    ):
        super().__init__()
        self._beside = beside or {}
        self._waiting = waiting or Waiting()
        self._images = source.images
        self._order = BatchOrder(
            len(source), batch_size, seed, epoch_steps, share
        )
        self.epoch, self._first = start_epoch, start_step
        self._begun = self._last_given = False

    def __len__(self):
        return self._order.epoch_steps - self._first

    def __getitem__(self, step):
        index = self._order.indices(self.epoch, self._first + step)
        if step == len(self) - 1:
            self._last_given = True
        with self._waiting.running():
            rows = {name: all_[index] for name, all_ in self._beside.items()}
            return {"images": self._images[index], "index": index, **rows}

    def on_epoch_begin(self):
        self._begun, self._last_given = True, False

    def on_epoch_end(self):
        if self._begun and self._last_given:
            self.epoch += 1
        self._begun = False


def array_dataset(
    source,
    batch_size,
    seed,
    epochs,
    start_epoch=0,
    start_step=0,
    share=(0, 1),
    beside=None,
):
    """The batches of `ArrayBatches` as TensorFlow's strategies take them.

    Args:
        source: an `ArraySource`.
        batch_size: images a batch, over all hosts.
        seed: a whole number, 0 or more.
        epochs: the epoch to end before, as in `fit`.
        start_epoch: the epoch to begin in, from 0.
        start_step: the step of that epoch to begin with, from 0.
        share: `(number, of)`, the part of each batch that this host gets.
        beside: as there.

    Returns:
        A `tf.data.Dataset` of the same dicts. It runs from epoch to epoch
        without a mark: give `fit` the `steps_per_epoch`.
    """
    tf = import_tensorflow()
    order = BatchOrder(len(source), batch_size, seed, share=share)

    arrays = {"images": source.images, **(beside or {})}
    types = [array.dtype for array in arrays.values()]

    def gather(number):
        indices = order.indices(*divmod(int(number), order.epoch_steps))
        return *(array[indices] for array in arrays.values()), indices

    def batch(number):
        rows = tf.numpy_function(gather, [number], [*types, tf.int32])
        shapes = [*(array.shape[1:] for array in arrays.values()), ()]
        for tensor, shape in zip(rows, shapes):
            tensor.set_shape((order.rows, *shape))
        return dict(zip([*arrays, "index"], rows))

    first, last = (epoch * order.epoch_steps for epoch in (start_epoch, epochs))
    numbers = tf.data.Dataset.range(first + start_step, last)
    return numbers.map(batch).prefetch(tf.data.AUTOTUNE)
