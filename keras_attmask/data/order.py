"""Which images make up which batch: a function of seed, epoch and step."""

import functools

import numpy as np

from keras_attmask.errors import InputError


def shuffled(seed, number, count):
    """The permutation of all images for pass `number` over them.

    Args:
        seed: a whole number, 0 or more.
        number: which pass, from 0.
        count: number of images n.

    Returns:
        int32 array `(n,)`.
    """
    generator = np.random.Generator(np.random.PCG64([seed, number]))
    return generator.permutation(count).astype("int32")


class BatchOrder:
    """Deals the images of a data set into batches.

    Every pass over the images has its own permutation and drops what does
    not fill a batch. An epoch is one pass, or else `epoch_steps` batches:
    then passes run on across epochs, so that all images are seen alike.

    Args:
        count: number of images.
        batch_size: images a batch B.
        seed: a whole number, 0 or more.
        epoch_steps: batches an epoch; None means one pass.
        share: `(number, of)`: of every batch, only that part of as many
            equal ones; for hosts that read beside each other.
    """

    def __init__(self, count, batch_size, seed, epoch_steps=None, share=(0, 1)):
        number, parts = share
        if not 0 <= number < parts or batch_size % parts:
            raise InputError(
                "share: expected (number, of) with number below of, and a "
                f"batch of {batch_size} in equal parts, got {share}"
            )
        if not 1 <= batch_size <= count:
            raise InputError(
                "training.batch_size: expected 1 to the number of images, "
                f"{count}, got {batch_size}"
            )
        self._batch_size = batch_size
        self._pass_steps = count // batch_size
        self.epoch_steps = epoch_steps or self._pass_steps
        self.rows = batch_size // parts
        self._first = number * self.rows
        # Two passes: threads work at the end of one and in the next.
        self._shuffled = functools.lru_cache(2)(
            lambda number: shuffled(seed, number, count)
        )

    def indices(self, epoch, step):
        """The images of one batch.

        Args:
            epoch: number of the epoch, from 0.
            step: number of the batch in the epoch, from 0.

        Returns:
            int32 array `(B / of,)`.
        """
        batch = epoch * self.epoch_steps + step
        number, position = divmod(batch, self._pass_steps)
        start = position * self._batch_size + self._first
        return self._shuffled(number)[start : start + self.rows]
