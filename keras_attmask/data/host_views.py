"""Views of photographs of any size, cut on the host by a tf.data pipeline."""

from keras_attmask.data.host_tensorflow import import_tensorflow
from keras_attmask.data.order import BatchOrder
from keras_attmask.data.photo_views import PhotoViews
from keras_attmask.data.reading_processes import ReadingProcesses
from keras_attmask.data.reading_processes import count_processes
from keras_attmask.data.unreadable import Unreadable
from keras_attmask.data.until_exit import UntilExit
from keras_attmask.data.waiting import timed

_AT_ONCE = 16  # images that one thread reads before it hands them over


def _count_parts(rows):
    """Equal parts of a batch, the largest that one thread reads at once."""
    return rows // max(n for n in range(1, _AT_ONCE + 1) if rows % n == 0)


def _views(source, law, seed, channels, unreadable, processes):
    processes = count_processes(processes, source)
    if not processes:
        return PhotoViews(source, law, seed, channels, unreadable)
    views = PhotoViews(source, law, seed, channels)
    return ReadingProcesses(views, processes, unreadable)


class _Reader:
    """Reads one part of a batch, numbered through all epochs.

    Args:
        order: a `BatchOrder`.
        views: a `PhotoViews`, or `ReadingProcesses`.
        count: equal parts of each batch.
        images: of the source.
        unreadable: `Unreadable` that the views take notes in.
        beside: arrays `(n, ...)`, whose rows come along.
    """

    def __init__(self, order, views, count, images, unreadable, beside):
        self._order, self._views, self._count = order, views, count
        self._images, self._unreadable = images, unreadable
        self._beside = beside

    def __call__(self, number):
        batch, part = divmod(int(number), self._count)
        epoch, step = divmod(batch, self._order.epoch_steps)
        indices = self._order.indices(epoch, step)
        indices = indices.reshape(self._count, -1)[part]
        views = self._views(epoch, indices)
        read = self._unreadable.stand_ins(indices, self._images)
        return *views, *(array[read] for array in self._beside), read


def host_views(
    source,
    law,
    *,
    batch_size,
    seed,
    epochs,
    channels=3,
    start_epoch=0,
    start_step=0,
    share=(0, 1),
    unreadable=None,
    waiting=None,
    processes=0,
    beside=None,
):
    """Decodes photographs and cuts their views, many images at a time.

    Args:
        source: a source with `open`, see `source_types`.
        law: a `ViewLaw`; G, L and the sides g, l of views below are its.
        batch_size: images a batch B.
        seed: a whole number, 0 or more.
        epochs: the epoch to end before, as in `fit`.
        channels: C, 3 or 1 (luma).
        start_epoch: the epoch to begin in, from 0.
        start_step: the step of that epoch to begin with, from 0. Beginning
            later takes no longer.
        share: `(number, of)`, the part of each batch that this host reads.
        unreadable: an `Unreadable` that takes down images that cannot be
            read, and stops the iteration when there are too many; None allows
            any number. The next readable image stands in.
        waiting: a `Waiting` that measures how long batches are waited for.
        processes: read by that many processes; 0 reads by threads, -1
            chooses, see `reading_processes.count_processes`. The views are
            the same.
        beside: dict of further arrays `(n, ...)`, whose rows join a batch.

    Returns:
        A `tf.data.Dataset` of dicts with static shapes: "global_views" uint8
        `(B, G, g, g, C)`, "local_views" uint8 `(B, L, l, l, C)` (absent
        without local crops) and "index" int32 `(B,)`, the places of the
        images that were read, and what is beside, where B is the host's
        part. It runs from epoch to epoch without a mark: give `fit` the
        `steps_per_epoch`.
    """
    tf = import_tensorflow()
    order = BatchOrder(len(source), batch_size, seed, share=share)
    if unreadable is None:
        unreadable = Unreadable(limit=1.0)
    views = _views(source, law, seed, channels, unreadable, processes)
    count = _count_parts(order.rows)
    beside = beside or {}
    arrays = list(beside.values())
    reader = _Reader(order, views, count, len(source), unreadable, arrays)
    read = UntilExit(reader)
    names = [*(f"{name}_views" for name in law.kinds), *beside, "index"]
    types = [*(tf.uint8 for _ in law.kinds), *(a.dtype for a in arrays)]
    types += [tf.int32]
    shapes = [*views.shapes, *(array.shape[1:] for array in arrays), ()]

    def part(number):
        made = tf.numpy_function(read, [number], types)
        for tensor, shape in zip(made, shapes):
            tensor.set_shape((order.rows // count, *shape))
        return dict(zip(names, made))

    def joined(parts):
        """`(parts, n, ...)` -> `(parts * n, ...)`."""
        return {
            name: tf.reshape(x, (order.rows, *x.shape[2:]))
            for name, x in parts.items()
        }

    first, last = (
        epoch * order.epoch_steps * count for epoch in (start_epoch, epochs)
    )
    batches = tf.data.Dataset.range(first + start_step * count, last).map(
        part, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    if count > 1:
        batches = batches.batch(count, drop_remainder=True).map(joined)
    dataset = batches.prefetch(tf.data.AUTOTUNE)
    return timed(dataset, waiting) if waiting else dataset
