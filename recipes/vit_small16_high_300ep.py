"""ViT-S/16, AttMask-High, ImageNet-1k, 300 epochs.

Paper: What to Hide from Your Students, arXiv 2203.12719.
Command: attmask pretrain --recipe=recipes/vit_small16_high_300ep.py
Expected (published): k-NN 75.0 %, linear 77.5 % on ImageNet-1k.
Hardware: 8 GPUs of 32 GB in the original; not trained by this project.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "vit_small16_high_300ep"
    recipe.training.epochs = 300
    recipe.training.batch_size = 800
    recipe.views.global_scale = (0.32, 1.0)
    recipe.views.local_scale = (0.05, 0.32)
    recipe.evaluation.bank = "tfds:imagenet2012/train"
    recipe.evaluation.queries = "tfds:imagenet2012/validation"
    return recipe
