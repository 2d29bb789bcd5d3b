"""Views of photographs of any size, cut on the host by a tf.data pipeline."""

import numpy as np

from keras_attmask import counter_random
from keras_attmask.data.host_tensorflow import import_tensorflow
from keras_attmask.data.order import BatchOrder
from keras_attmask.data.photo_views import cut_views
from keras_attmask.data.photo_views import draw_cuts
from keras_attmask.data.unreadable import readable
from keras_attmask.data.waiting import timed


def _schedule(order, start_epoch, start_step, epochs):
    """All `(epoch, indices of a batch)` in training's order."""
    steps = order.epoch_steps
    for number in range(start_epoch * steps + start_step, epochs * steps):
        epoch, step = divmod(number, steps)
        yield epoch, order.indices(epoch, step)


def _reader(source, kinds, seed, channels, flips, unreadable):
    """A function from epoch and index to one image's views, kind by kind."""
    counts, sizes, scales = zip(*kinds.values())
    # One draw for the views of all kinds: NumPy's calls cost more than work.
    low, high = (
        np.repeat(np.float32([s[n] for s in scales]), counts)[:, None]
        for n in (0, 1)
    )  # (V, 1): beside the attempts of each view
    numbers, ends = np.arange(sum(counts)), np.cumsum(counts)
    mode = "L" if channels == 1 else "RGB"

    def read(epoch, index):
        image = readable(source.open, index, len(source), unreadable)
        if image.mode != mode:
            image = image.convert(mode)
        key = counter_random.fold_in(seed, epoch, np)
        key = counter_random.fold_in(key, index, np)
        keys = counter_random.fold_in(key, numbers, np)
        cuts = draw_cuts(keys, image.height, image.width, (low, high), flips)
        views = []
        for end, count, size in zip(ends, counts, sizes):
            boxes, mirrored = (part[end - count : end] for part in cuts)
            views.append(cut_views(image, boxes, mirrored, size))
        return views

    return read


def host_views(
    source,
    *,
    batch_size,
    seed,
    global_crops,
    global_size,
    global_scale,
    local_crops,
    local_size,
    local_scale,
    flip_probability=0.5,
    channels=3,
    epochs,
    start_epoch=0,
    start_step=0,
    share=(0, 1),
    unreadable=None,
    waiting=None,
):
    """Decodes photographs and cuts their views, many images at a time.

    Boxes and flips follow from seed, epoch, index and the number of the
    view, so the views do not depend on how many threads cut them. Decoding
    and resizing are Pillow's, which on one core are faster than TensorFlow's
    image operations and, by definition, the reference of the method.

    Args:
        source: a source with `open`, see `source_types`.
        batch_size: images a batch B.
        seed: a whole number, 0 or more.
        global_crops: global views an image g.
        global_size: their side in pixels G.
        global_scale: `(low, high)`, their share of the image's area.
        local_crops: local views an image l; may be 0.
        local_size: their side in pixels L.
        local_scale: `(low, high)`, their share of the image's area.
        flip_probability: of a left-right mirror.
        channels: C, 3 or 1 (luma).
        epochs: the epoch to end before, as in `fit`.
        start_epoch: the epoch to begin in, from 0.
        start_step: the step of that epoch to begin with, from 0. Beginning
            later takes no longer.
        share: `(number, of)`, the part of each batch that this host reads.
        unreadable: an `Unreadable` that takes down images that cannot be
            read, and stops the iteration when there are too many. The next
            readable image stands in.
        waiting: a `Waiting` that measures how long batches are waited for.

    Returns:
        A `tf.data.Dataset` of dicts with static shapes: "global_views" uint8
        `(B, g, G, G, C)`, "local_views" uint8 `(B, l, L, L, C)` (absent
        without local crops) and "index" int32 `(B,)`, where B is the host's
        part. It runs from epoch to epoch without a mark: give `fit` the
        `steps_per_epoch`.
    """
    tf = import_tensorflow()
    kinds = {"global_views": (global_crops, global_size, global_scale)}
    if local_crops:
        kinds["local_views"] = (local_crops, local_size, local_scale)
    order = BatchOrder(len(source), batch_size, seed, share=share)
    read = _reader(source, kinds, seed, channels, flip_probability, unreadable)

    def views_of(epoch, index):
        views = tf.numpy_function(read, [epoch, index], [tf.uint8] * len(kinds))
        for tensor, (count, size, _) in zip(views, kinds.values()):
            tensor.set_shape((count, size, size, channels))
        return {**dict(zip(kinds, views)), "index": index}

    batches = tf.data.Dataset.from_generator(
        lambda: _schedule(order, start_epoch, start_step, epochs),
        output_signature=(
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((order.rows,), tf.int32),
        ),
    )
    images = batches.flat_map(
        lambda epoch, indices: tf.data.Dataset.from_tensor_slices(
            (tf.repeat(epoch, order.rows), indices)
        )
    )
    views = images.map(
        views_of, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    steps = order.epoch_steps * (epochs - start_epoch) - start_step
    dataset = (
        views.batch(order.rows, drop_remainder=True)
        .apply(tf.data.experimental.assert_cardinality(steps))
        .prefetch(tf.data.AUTOTUNE)
    )
    return timed(dataset, waiting) if waiting else dataset
