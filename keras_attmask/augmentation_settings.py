"""How labelled images are changed while a network is fine-tuned."""

import dataclasses

from keras_attmask.errors import InputError


def _check(settings, names, expected, holds):
    for name in names.split():
        if not holds(getattr(settings, name)):
            came = getattr(settings, name)
            raise InputError(f"{name}: expected {expected}, got {came}")


@dataclasses.dataclass(frozen=True)
class AugmentationSettings:
    """What `augmentation.Augmentation` does.

    The defaults are those by which DeiT trains, but that every operation of
    RandAugment that was drawn is done, where timm does every second one. A
    part whose setting is 0 is left out of the program.

    Attributes:
        rand_augment: magnitude of RandAugment, above 0 to 10; 0 for none.
        rand_augment_ops: operations an image.
        random_erasing: probability that a box of an image becomes noise.
        mixup: alpha of MixUp, by whose law Beta(alpha, alpha) two images
            are blended; 0 for none.
        cutmix: alpha of CutMix, likewise for the area of a box.
        mix_probability: that an image meets another one at all.
        switch_probability: that this is CutMix, where there are both.
    """

    rand_augment: float = 9.0
    rand_augment_ops: int = 2
    random_erasing: float = 0.25
    mixup: float = 0.8
    cutmix: float = 1.0
    mix_probability: float = 1.0
    switch_probability: float = 0.5

    def __post_init__(self):
        _check(
            self,
            "rand_augment",
            "a magnitude from 0 to 10",
            lambda value: 0 <= value <= 10,
        )
        _check(
            self,
            "rand_augment_ops",
            "a whole number of 1 or more",
            lambda value: value == int(value) >= 1,
        )
        _check(
            self, "mixup cutmix", "0 or more", lambda value: 0 <= value < 1e3
        )
        _check(
            self,
            "random_erasing mix_probability switch_probability",
            "a number from 0 to 1",
            lambda value: 0 <= value <= 1,
        )

    @property
    def cutmix_share(self):
        """Probability that an image which meets another does by CutMix."""
        if not (self.mixup and self.cutmix):
            return 1.0 if self.cutmix else 0.0
        return self.switch_probability

    @property
    def mixes(self):
        """Whether images are mixed, so that labels become shares."""
        return bool((self.mixup or self.cutmix) and self.mix_probability)
