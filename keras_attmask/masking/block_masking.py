"""Masks made of rectangles."""

import math

import keras
from keras import ops

from keras_attmask import counter_random
from keras_attmask.masking.strategy import NOISE
from keras_attmask.masking.strategy import MaskingStrategy

_LOG_ASPECT = (math.log(0.3), math.log(1.0 / 0.3))
_TRIES = 10  # unlucky rectangles in a row that end a mask
_MOST_TRIES = 200


def _rectangle(key, remaining, grid):
    """One proposal a row: bool `(M, rows, columns)`, and whether it fits."""
    rows, columns = grid
    u = counter_random.uniform(counter_random.draws(key, 4))  # (M, 4)
    smallest = float(max((min(rows, columns) // 3) ** 2, 1))
    area = smallest + (remaining - smallest) * u[:, 0]
    low, high = _LOG_ASPECT
    aspect = ops.exp(low + (high - low) * u[:, 1])
    height = ops.round(ops.sqrt(area * aspect))
    width = ops.round(ops.sqrt(area / aspect))
    top = ops.floor(u[:, 2] * (rows - height + 1.0))
    left = ops.floor(u[:, 3] * (columns - width + 1.0))
    inside = [
        ops.logical_and(
            place >= ops.expand_dims(first, -1),
            place < ops.expand_dims(first + size, -1),
        )
        for place, first, size in (
            (ops.cast(ops.arange(rows), "float32"), top, height),
            (ops.cast(ops.arange(columns), "float32"), left, width),
        )
    ]
    block = ops.logical_and(
        ops.expand_dims(inside[0], -1), ops.expand_dims(inside[1], -2)
    )
    return block, ops.logical_and(height < rows, width < columns)


def _count(mask):
    return ops.sum(ops.cast(mask, "float32"), axis=(1, 2))


@keras.saving.register_keras_serializable(package="keras_attmask")
class BlockMasking(MaskingStrategy):
    """Hides rectangles until about the wanted share is covered.

    The block-wise masking of BEiT (arXiv 2106.08254) and iBOT: rectangles
    of random area and aspect ratio are laid one on another; one that covers
    nothing new or too much is rejected, and ten rejections in a row end the
    mask. It tends to stop a little short of the ratio.

    Args:
        **kwargs: see `MaskingStrategy`, also for the call.

    Raises:
        ValueError: for a grid that does not fit the patches, in the call.
    """

    def hide(self, class_attention, target, count, grid, keys):
        num_patches = class_attention.shape[-1]
        if grid[0] * grid[1] != num_patches:
            raise ValueError(
                "`grid` must be given for a grid that is not square: expected "
                f"(rows, columns) of {num_patches} patches, got {grid}."
            )
        key = counter_random.fold_in(keys[0], NOISE)
        rows = ops.shape(class_attention)[0]
        target = ops.reshape(ops.cast(target, "float32"), (-1,))
        target = ops.broadcast_to(target, (rows,))

        def unfinished(number, mask, failures):
            return ops.logical_and(failures < _TRIES, _count(mask) < target)

        def proceed(number, mask, failures):
            active = unfinished(number, mask, failures)
            return ops.logical_and(number < _MOST_TRIES, ops.any(active))

        def propose(number, mask, failures):
            active = unfinished(number, mask, failures)
            remaining = target - _count(mask)
            block, fits = _rectangle(
                counter_random.fold_in(key, number), remaining, grid
            )
            fresh = _count(ops.logical_and(block, ops.logical_not(mask)))
            good = ops.logical_and(fresh > 0, fresh <= remaining)
            good = ops.logical_and(ops.logical_and(good, fits), active)
            chosen = ops.reshape(good, (-1, 1, 1))
            mask = ops.logical_or(mask, ops.logical_and(block, chosen))
            failures = ops.where(good, 0, failures + 1)
            return number + 1, mask, failures

        start = (
            ops.convert_to_tensor(0, "int32"),
            ops.zeros((rows, *grid), dtype="bool"),
            ops.zeros((rows,), dtype="int32"),
        )
        mask = ops.while_loop(proceed, propose, start)[1]
        return ops.reshape(mask, (-1, grid[0] * grid[1]))
