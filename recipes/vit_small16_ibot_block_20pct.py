"""ViT-S/16, iBOT with block masks, 20 % of ImageNet-1k, 100 epochs.

Paper: What to Hide from Your Students, arXiv 2203.12719.
iBOT: arXiv 2111.07832.
Command: attmask pretrain --recipe=recipes/vit_small16_ibot_block_20pct.py
Expected (published): k-NN 46.7 %, linear 56.4 % (a third party's citation).
Hardware: 4 GPUs of 32 GB in the original; not trained by this project.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "vit_small16_ibot_block_20pct"
    recipe.data.limit = 260_000  # the first 260 images of each class
    recipe.views.local_crops = 6
    recipe.teacher.momentum = (0.99, 1.0)
    recipe.masking.strategy = "block"
    recipe.evaluation.bank = "tfds:imagenet2012/train"
    recipe.evaluation.queries = "tfds:imagenet2012/validation"
    return recipe
