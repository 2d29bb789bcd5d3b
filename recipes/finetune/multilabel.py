"""Any number of labels an image, as photographs in a catalogue have.

Images are named in a list: a path a line and, after a tab, its labels with
commas between.

Paper: none; a sigmoid a label under the settings of arXiv 2106.08254.
Command: attmask finetune --recipe=multilabel
--recipe.backbone.weights=vit.pth --recipe.data.train=train.txt
--recipe.data.validation=val.txt
Expected: depends on the images; mean average precision is printed.
Hardware: one GPU of 24 GB or more for ViT-S/16 at the batch size below.
"""

from keras_attmask.recipe import finetuning


def get_config():
    recipe = finetuning()
    recipe.name = "finetune_multilabel"
    recipe.data.train = "train.txt"
    recipe.data.hold_out = 0.1  # where no validation images are named
    recipe.objective.task = "multilabel"
    recipe.objective.label_smoothing = 0.0
    # What a label speaks of may lie where an image is cut or hidden.
    recipe.augmentation.crop_scale = (0.5, 1.0)
    recipe.augmentation.random_erasing = 0.0
    recipe.augmentation.cutmix = 0.0
    recipe.training.ema = 0.9998
    recipe.training.dtype = "mixed_bfloat16"
    return recipe
