"""What the protocols of segmentation take for granted."""

from keras_attmask.errors import InputError

PATCHES = 1_000_000  # that teach; of width 384 they take 1.5 GB
BANK = 100_000  # of these, that vote


def above_zero(**settings):
    """Refuses settings that are not above 0.

    Args:
        **settings: numbers by name.
    """
    for name, value in settings.items():
        if not value > 0:
            raise InputError(f"{name}: expected above 0, got {value!r}")
