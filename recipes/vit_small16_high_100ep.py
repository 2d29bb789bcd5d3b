"""ViT-S/16, AttMask-High, ImageNet-1k, 100 epochs.

Paper: What to Hide from Your Students, arXiv 2203.12719.
Command: attmask pretrain --recipe=recipes/vit_small16_high_100ep.py
Expected (published): k-NN 72.5 %, linear 75.7 % on ImageNet-1k.
Hardware: 4 GPUs of 32 GB in the original; not trained by this project.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "vit_small16_high_100ep"
    recipe.evaluation.bank = "tfds:imagenet2012/train"
    recipe.evaluation.queries = "tfds:imagenet2012/validation"
    return recipe
