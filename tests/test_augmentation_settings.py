import dataclasses

import pytest

from keras_attmask.augmentation_settings import AugmentationSettings
from keras_attmask.errors import InputError


@pytest.mark.parametrize(
    "changes, share, mixes",
    [
        ({}, 0.5, True),
        ({"switch_probability": 0.1}, 0.1, True),
        ({"mixup": 0.0}, 1.0, True),
        ({"cutmix": 0.0}, 0.0, True),
        ({"mixup": 0.0, "cutmix": 0.0}, 0.0, False),
        ({"mix_probability": 0.0}, 0.5, False),
    ],
)
def test_what_follows_from_settings(changes, share, mixes):
    settings = AugmentationSettings(**changes)
    assert settings.cutmix_share == share and settings.mixes is mixes


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("rand_augment", -1.0, "a magnitude from 0 to 10"),
        ("rand_augment", 11.0, "a magnitude from 0 to 10"),
        ("rand_augment", float("nan"), "a magnitude from 0 to 10"),
        ("rand_augment_ops", 0, "a whole number of 1 or more"),
        ("rand_augment_ops", 1.5, "a whole number of 1 or more"),
        ("random_erasing", 1.5, "a number from 0 to 1"),
        ("mixup", -0.1, "0 or more"),
        ("cutmix", float("inf"), "0 or more"),
        ("mix_probability", -0.5, "a number from 0 to 1"),
        ("switch_probability", 2.0, "a number from 0 to 1"),
    ],
)
def test_a_mistake_names_its_field(name, value, expected):
    with pytest.raises(InputError, match=f"^{name}: expected {expected}, got"):
        AugmentationSettings(**{name: value})


def test_limits_are_allowed():
    for value in (0.0, 1.0):
        settings = AugmentationSettings(
            rand_augment=10 * value,
            random_erasing=value,
            mixup=value,
            cutmix=value,
            mix_probability=value,
            switch_probability=value,
        )
        assert settings == dataclasses.replace(settings)
