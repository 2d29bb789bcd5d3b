"""Masks drawn uniformly."""

import keras

from keras_attmask import counter_random
from keras_attmask.masking.strategy import NOISE
from keras_attmask.masking.strategy import MaskingStrategy
from keras_attmask.masking.strategy import ranks


@keras.saving.register_keras_serializable(package="keras_attmask")
class RandomMasking(MaskingStrategy):
    """Hides patches uniformly at random, exactly as many as the ratio says.

    The random baseline of iBOT and AttMask.

    Args:
        **kwargs: see `MaskingStrategy`, also for the call.
    """

    def hide(self, class_attention, target, count, grid, keys):
        noise = counter_random.uniform(
            counter_random.draws(
                counter_random.fold_in(keys[0], NOISE),
                class_attention.shape[-1],
            )
        )
        return ranks(noise) < count
