"""What can be found out before a training and not after it."""

import pathlib

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.export import check_saved_model_target

_LOOKED_AT = 64  # images whose size is checked


def check_source(recipe, source):
    """Refuses images that a recipe cannot train on.

    Args:
        recipe: a `recipe.Recipe`.
        source: its images.

    Raises:
        InputError: too few images, other channels, or too small ones.
    """
    patch_size = recipe.backbone.patch_size
    size = recipe.training.batch_size
    check_images(source, size, patch_size, "recipe.data.source")
    images = getattr(source, "images", None)
    channels = (1, 3) if images is None else images.shape[-1:]
    if recipe.data.channels not in channels:
        raise InputError(
            f"recipe.data.channels: expected "
            f"{' or '.join(map(str, channels))} as in {source.name}, "
            f"got {recipe.data.channels}"
        )


def check_images(source, batch_size, patch_size, field):
    """Refuses too few images for a batch, and such as are below a patch.

    Looks at the heads of a few of them, not to read a million.

    Args:
        source: images.
        batch_size: of a step.
        patch_size: of the network.
        field: that names the images.

    Raises:
        InputError: naming the field of the recipe.
    """
    if batch_size > len(source):
        raise InputError(
            f"recipe.training.batch_size: expected at most the number of "
            f"images, {len(source)}, got {batch_size}"
        )
    count = min(_LOOKED_AT, len(source))
    for index in np.linspace(0, len(source) - 1, count).astype(int):
        try:
            size = source.size(index)
        except InputError:
            continue  # unreadable: counted and named when training meets it
        if min(size) < patch_size:
            raise InputError(
                f"{field}: expected images of a patch "
                f"({patch_size} pixels) or more, got "
                f"{source.name_of(index)} of {size[0]}x{size[1]}"
            )


def check_export(recipe):
    """Refuses a place that the SavedModel could not go to in the end.

    Args:
        recipe: a `recipe.Recipe`.

    Raises:
        InputError: as `export.check_saved_model_target` says.
    """
    if recipe.saved_model:
        target = pathlib.Path(recipe.saved_model)
        try:
            check_saved_model_target(target / "saved_model")
        except InputError as error:
            raise InputError(f"recipe.saved_model: {error}") from error
