"""One number an image or several: an age, a quality, a position.

Nothing is mirrored, cut out or hidden: what is measured may lie there.

Images are named in a list: a path a line and, after a tab, its numbers with
commas between. They are brought to mean 0 and deviation 1 for training; the
network answers in their own units.

Paper: none; mean square error under the settings of arXiv 2106.08254.
Command: attmask finetune --recipe=regression
--recipe.backbone.weights=vit.pth --recipe.data.train=train.txt
--recipe.data.validation=val.txt
Expected: depends on the images; R2 and errors are printed.
Hardware: one GPU of 24 GB or more for ViT-S/16 at the batch size below.
"""

from keras_attmask.recipe import finetuning


def get_config():
    recipe = finetuning()
    recipe.name = "finetune_regression"
    recipe.data.train = "train.txt"
    recipe.data.hold_out = 0.1  # where no validation images are named
    recipe.objective.task = "regression"
    recipe.objective.label_smoothing = 0.0
    recipe.augmentation.crop_scale = (1.0, 1.0)
    recipe.augmentation.flip_probability = 0.0
    recipe.augmentation.random_erasing = 0.0
    recipe.augmentation.rand_augment = 0.0
    recipe.augmentation.mixup = 0.0
    recipe.augmentation.cutmix = 0.0
    recipe.training.dtype = "mixed_bfloat16"
    return recipe
