"""What can be found out before a fine-tuning and not after it."""

from keras_attmask.errors import InputError
from keras_attmask.pretraining.checks import check_images

_FIELD = "recipe.data.train"


def check_source(recipe, source, backbone):
    """Refuses images that a backbone cannot be fine-tuned on.

    Args:
        recipe: a `FinetuneRecipe`.
        source: its training images.
        backbone: of the recipe.

    Raises:
        InputError: too few images, other channels, or too small ones.
    """
    channels = backbone.image_shape[-1]
    check_images(
        source, recipe.training.batch_size, backbone.patch_size, _FIELD
    )
    images = getattr(source, "images", None)
    known = (1, 3) if images is None else images.shape[-1:]
    if channels not in known:
        raise InputError(
            f"{_FIELD}: expected images of {channels} channels, as the "
            f"backbone has, got {' or '.join(map(str, known))} in {source.name}"
        )


def check_targets(targets, task):
    """Refuses targets of which nothing can be learned.

    Args:
        targets: `data.Targets` of the training images.
        task: "classification", "multilabel" or "regression".

    Raises:
        InputError: fewer than two classes, or no label at all.
    """
    least = 2 if task == "classification" else 1
    if targets.count < least:
        what = "classes" if least == 2 else "labels"
        raise InputError(
            f"{_FIELD}: expected {least} {what} or more for "
            f"objective.task={task}, got {targets.count}"
        )
