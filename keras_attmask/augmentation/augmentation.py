"""From labelled pictures to what a network is fine-tuned on."""

import dataclasses

import numpy as np
from keras import ops

from keras_attmask import counter_random
from keras_attmask.augmentation.groups import in_groups
from keras_attmask.augmentation.mixing import draw_mixing
from keras_attmask.augmentation.mixing import mix
from keras_attmask.augmentation.rand_augment import rand_augment
from keras_attmask.augmentation.rand_draws import draw_operations
from keras_attmask.augmentation.random_erasing import draw_erasing
from keras_attmask.augmentation.random_erasing import erase
from keras_attmask.augmentation_settings import AugmentationSettings
from keras_attmask.boundary import apart
from keras_attmask.data.view_draws import MODEL
from keras_attmask.errors import InputError
from keras_attmask.once import stored

# Beyond the draws that are made from a view's key, so that it may be given.
RAND_AUGMENT, ERASING, MIXING = range(MODEL + 1, MODEL + 4)
_WHITE = 255.0


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """RandAugment, normalisation, random erasing, MixUp and CutMix.

    Made for a compiled training step: plain functions of `keras.ops`, no
    state, every choice a function of the image's key. A part whose setting
    is 0 is not in the program; normalisation always is.

    Args:
        settings: `AugmentationSettings`.
        mean: one number per channel, on the scale where white is 1; also
            the colour of what RandAugment moves into the picture.
        std: likewise.

    Call arguments:
        pixels: uint8 or float `(B, H, W, C)`, whole numbers from 0 to 255,
            cut to the network's size; any number of channels.
        targets: `(B, K)`, a distribution over classes for each image.
        keys: int32 `(B,)`, for example
            `counter_random.fold_in(step_key, index)`.

    Returns:
        float32 `(B, H, W, C)`, normalised; float32 `(B, K)`.

    Raises:
        InputError: mean and std do not fit each other or the pixels.

    Example:

    ```python
    settings = AugmentationSettings(mixup=0.0)
    augment = Augmentation(settings, mean=(0.5,) * 3, std=(0.25,) * 3)
    pixels = keras.random.randint((4, 32, 32, 3), 0, 256)
    targets = keras.ops.one_hot(keras.ops.arange(4), 10)
    keys = counter_random.fold_in(0, keras.ops.arange(4))
    pixels, targets = augment(pixels, targets, keys)
    ```
    """

    settings: AugmentationSettings
    mean: tuple
    std: tuple

    def __post_init__(self):
        for name in ("mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if len(self.std) != len(self.mean) or min(self.std, default=0) <= 0:
            raise InputError(
                f"std: expected {len(self.mean)} numbers above 0, one for "
                f"each of mean, got {self.std}"
            )

    def __call__(self, pixels, targets, keys):
        if pixels.shape[-1] != len(self.mean):
            raise InputError(
                f"pixels: expected {len(self.mean)} channels, one for each "
                f"number of mean, got {pixels.shape[-1]}"
            )
        pixels, keys = ops.cast(pixels, "float32"), ops.cast(keys, "int32")
        targets = ops.cast(targets, "float32")
        images = in_groups(self._alone, pixels, keys)
        if not self.settings.mixes:
            return images, targets
        height, width = images.shape[1:3]
        key = counter_random.fold_in(keys, MIXING)
        drawn = draw_mixing(key, self.settings, height, width)
        return mix(apart(images), targets, **drawn)

    def _alone(self, pixels, keys):
        """What happens to an image without regard to the others."""
        images = self._normalised(self._rand_augmented(pixels, keys))
        probability = self.settings.random_erasing
        if not probability:
            return images
        key = counter_random.fold_in(keys, ERASING)
        boxes = draw_erasing(key, probability, *images.shape[1:3])
        return erase(images, boxes, key)

    def _rand_augmented(self, pixels, keys):
        if not self.settings.rand_augment:
            return pixels
        drawn = draw_operations(
            counter_random.fold_in(keys, RAND_AUGMENT),
            self.settings.rand_augment,
            self.settings.rand_augment_ops,
        )
        pixels = stored(ops.transpose(pixels, (0, 3, 1, 2)))  # (B, C, H, W)
        fill = [_WHITE * value for value in self.mean]
        pixels = rand_augment(pixels, drawn, fill)
        return ops.transpose(pixels, (0, 2, 3, 1))

    def _normalised(self, pixels):
        mean = ops.convert_to_tensor(np.float32(self.mean))
        std = ops.convert_to_tensor(np.float32(self.std))
        return (pixels / _WHITE - mean) / std
