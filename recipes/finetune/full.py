"""All weights of a backbone, on your own labelled images.

Paper: BEiT, arXiv 2106.08254, and iBOT, arXiv 2111.07832: layer-wise rates,
RandAugment, MixUp, CutMix, random erasing, label smoothing.
Command: attmask finetune --recipe=full --recipe.backbone.weights=vit.pth
--recipe.data.train=photos/train --recipe.data.validation=photos/val
Expected: depends on the images.
Hardware: one GPU of 24 GB or more for ViT-S/16 at the batch size below.
"""

from keras_attmask.recipe import finetuning


def get_config():
    recipe = finetuning()
    recipe.name = "finetune_full"
    recipe.data.train = "photos/train"
    recipe.data.hold_out = 0.1  # where no validation images are named
    recipe.training.dtype = "mixed_bfloat16"
    recipe.training.ema = 0.9998
    recipe.saved_model = "saved_models/finetune_full"
    return recipe
