"""A few images at a time, where operations run one by one."""

from keras import ops

from keras_attmask.processor import on_eager_cpu

_IMAGES = 4  # of 224 x 224 pixels: what is passed on stays in the cache


def in_groups(function, images, keys):
    """Does something to each image by itself.

    Without a compiler each operation writes all its results to memory, and
    gets that memory anew from the kernel: for a batch this takes several
    times as long as the arithmetic.

    Args:
        function: from `(images, keys)` to a tensor of as many rows.
        images: `(B, H, W, C)`.
        keys: `(B,)`.

    Returns:
        What `function` makes of all of them.
    """
    rows = images.shape[0]
    if not on_eager_cpu(images) or rows <= _IMAGES:
        return function(images, keys)
    starts = range(0, rows, _IMAGES)
    parts = [
        function(images[n : n + _IMAGES], keys[n : n + _IMAGES]) for n in starts
    ]
    return ops.concatenate(parts, axis=0)
