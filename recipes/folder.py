"""Your own folder of images, without labels, on one GPU.

Paper: What to Hide from Your Students, arXiv 2203.12719, with the momentum of
its runs on little data.
Command: attmask pretrain --recipe=folder --recipe.data.source=my_images
Expected: depends on the images; with labelled folders, give them as
--recipe.evaluation.bank and --recipe.evaluation.queries to see k-NN accuracy.
Any images as queries alone show whether two views find each other.
Hardware: one GPU of 24 GB or more at the batch size below. On a laptop, add
--recipe.training.batch_size=16 --recipe.backbone.hidden_dim=192
--recipe.backbone.num_heads=3 --recipe.views.local_crops=4.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "folder"
    recipe.data.source = "my_images"
    recipe.saved_model = "saved_models/folder"
    recipe.training.batch_size = 64
    recipe.training.dtype = "mixed_bfloat16"
    recipe.views.local_crops = 6
    recipe.teacher.momentum = (0.99, 1.0)
    return recipe
