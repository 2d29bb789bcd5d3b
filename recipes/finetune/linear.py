"""A linear head on a frozen backbone, on your own labelled images.

Paper: DINO, arXiv 2104.14294: class tokens of the last four blocks.
Command: attmask finetune --recipe=linear --recipe.backbone.weights=vit.pth
--recipe.data.train=photos/train --recipe.data.validation=photos/val
Expected: depends on the images.
Hardware: any; a CPU reads ten to fifty photographs a second through ViT-S/16.
"""

from keras_attmask.recipe import finetuning


def get_config():
    recipe = finetuning()
    recipe.name = "finetune_linear"
    recipe.data.train = "photos/train"
    recipe.data.hold_out = 0.1  # where no validation images are named
    recipe.backbone.frozen = True
    recipe.backbone.num_blocks = 4
    recipe.augmentation.rand_augment = 0.0
    recipe.augmentation.random_erasing = 0.0
    recipe.augmentation.mixup = 0.0
    recipe.augmentation.cutmix = 0.0
    recipe.objective.label_smoothing = 0.0
    recipe.optimizer.weight_decay = 0.0
    recipe.optimizer.warmup_epochs = 0.0
    recipe.training.epochs = 30
    return recipe
