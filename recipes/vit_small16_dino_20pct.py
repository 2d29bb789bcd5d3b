"""ViT-S/16, plain DINO without masks, 20 % of ImageNet-1k, 100 epochs.

Paper: What to Hide from Your Students, arXiv 2203.12719.
DINO: arXiv 2104.14294.
Command: attmask pretrain --recipe=recipes/vit_small16_dino_20pct.py
Expected (published): no published number is known to us.
Hardware: 4 GPUs of 32 GB in the original; not trained by this project.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "vit_small16_dino_20pct"
    recipe.data.limit = 260_000  # the first 260 images of each class
    recipe.views.local_crops = 6
    recipe.teacher.momentum = (0.99, 1.0)
    recipe.objective.patch_weight = 0.0
    recipe.masking.strategy = "none"
    recipe.evaluation.bank = "tfds:imagenet2012/train"
    recipe.evaluation.queries = "tfds:imagenet2012/validation"
    return recipe
