"""Views of photographs of any size, cut on the host by a tf.data pipeline."""

import numpy as np

from keras_attmask import counter_random
from keras_attmask.data.host_tensorflow import import_tensorflow
from keras_attmask.data.order import BatchOrder
from keras_attmask.data.photo_views import cut_views


def _schedule(order, start_epoch, epochs):
    """All `(epoch, indices of a batch)` in training's order."""
    for epoch in range(start_epoch, epochs):
        for step in range(order.epoch_steps):
            yield epoch, order.indices(epoch, step)


def _reader(source, kinds, seed, channels):
    """A function from epoch and index to one image's views, kind by kind."""

    def read(epoch, index):
        image = source.open(index)
        image = image.convert("L" if channels == 1 else "RGB")
        key = counter_random.fold_in(seed, epoch, np)
        key = counter_random.fold_in(key, index, np)
        views, first = [], 0
        for count, size, scale in kinds.values():
            numbers = np.arange(first, first + count)
            keys = counter_random.fold_in(key, numbers, np)
            views.append(cut_views(image, keys, size, scale))
            first += count
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
    channels=3,
    start_epoch=0,
    epochs,
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
        channels: C, 3 or 1 (luma).
        start_epoch: the first epoch, from 0.
        epochs: the epoch to end before, as in `fit`.

    Returns:
        A `tf.data.Dataset` of dicts with static shapes: "global_views" uint8
        `(B, g, G, G, C)`, "local_views" uint8 `(B, l, L, L, C)` (absent
        without local crops) and "index" int32 `(B,)`. It runs from epoch to
        epoch without a mark: give `fit` the `steps_per_epoch`. What cannot
        be read stops the iteration by an error that names the file.
    """
    tf = import_tensorflow()
    kinds = {"global_views": (global_crops, global_size, global_scale)}
    if local_crops:
        kinds["local_views"] = (local_crops, local_size, local_scale)
    order = BatchOrder(len(source), batch_size, seed)
    read = _reader(source, kinds, seed, channels)

    def views_of(epoch, index):
        views = tf.numpy_function(read, [epoch, index], [tf.uint8] * len(kinds))
        for tensor, (count, size, _) in zip(views, kinds.values()):
            tensor.set_shape((count, size, size, channels))
        return {**dict(zip(kinds, views)), "index": index}

    batches = tf.data.Dataset.from_generator(
        lambda: _schedule(order, start_epoch, epochs),
        output_signature=(
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((batch_size,), tf.int32),
        ),
    )
    images = batches.flat_map(
        lambda epoch, indices: tf.data.Dataset.from_tensor_slices(
            (tf.repeat(epoch, batch_size), indices)
        )
    )
    views = images.map(
        views_of, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    steps = order.epoch_steps * (epochs - start_epoch)
    return (
        views.batch(batch_size, drop_remainder=True)
        .apply(tf.data.experimental.assert_cardinality(steps))
        .prefetch(tf.data.AUTOTUNE)
    )
