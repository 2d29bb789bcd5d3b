"""ViT-Ti/4, AttMask-High, CIFAR-10: a run for two CPU cores.

Paper: What to Hide from Your Students, arXiv 2203.12719, scaled to 32 pixels.
Command: attmask pretrain --recipe=recipes/cifar10_vit_tiny.py
    --recipe.data.source=cifar10/train --recipe.evaluation.bank=cifar10/train
    --recipe.evaluation.queries=cifar10/test
Expected: see saved_models/README.md for what was measured.
Hardware: 2 CPU cores, within 60 minutes; minutes on a GPU.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "cifar10_vit_tiny"
    recipe.saved_model = "saved_models/cifar10_vit_tiny"
    recipe.data.source = "tfds:cifar10/train"
    recipe.data.in_memory = True
    recipe.evaluation.bank = "tfds:cifar10/train"
    recipe.evaluation.queries = "tfds:cifar10/test"
    recipe.evaluation.crop_ratio = 1.0
    return recipe
