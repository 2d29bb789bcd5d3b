"""ViT-Ti/4 cut down to two CPU cores, AttMask-High, CIFAR-10.

Paper: What to Hide from Your Students, arXiv 2203.12719, scaled to 32 pixels.
Command: attmask pretrain --recipe=recipes/cifar10_vit_tiny.py
    or, with class folders of your own instead of a download,
    --recipe.data.source=cifar10/train --recipe.evaluation.bank=cifar10/train
    --recipe.evaluation.queries=cifar10/test
Expected: see saved_models/README.md for what was measured.
Hardware: 2 CPU cores, 46 minutes: a third of the width and of the
blocks of ViT-Ti. All of ViT-Ti/4 on a GPU:
--recipe.backbone.hidden_dim=192 --recipe.backbone.num_heads=3
--recipe.backbone.mlp_dim=768 --recipe.backbone.num_layers=12
--recipe.training.batch_size=256 --recipe.training.epochs=200
--recipe.optimizer.learning_rate=1e-3 --recipe.views.local_crops=6
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "cifar10_vit_tiny"
    recipe.saved_model = "saved_models/cifar10_vit_tiny"
    recipe.data.source = "tfds:cifar10/train"
    recipe.data.in_memory = True
    recipe.data.mean = (0.4914, 0.4822, 0.4465)
    recipe.data.std = (0.2470, 0.2435, 0.2616)
    recipe.evaluation.bank = "tfds:cifar10/train"
    recipe.evaluation.queries = "tfds:cifar10/test"
    recipe.evaluation.crop_ratio = 1.0
    recipe.evaluation.every_epochs = 2

    recipe.views.local_crops = 2
    recipe.views.global_size = 32
    recipe.views.local_size = 16
    recipe.views.global_scale = (0.4, 1.0)
    recipe.views.local_scale = (0.1, 0.4)
    recipe.views.jitter = (0.2, 0.2, 0.1, 0.05)
    recipe.views.grey_probability = 0.1
    recipe.views.blur_sigma = (0.0143, 0.286)  # as many images, 1/7 the side
    recipe.views.solarize_probability = (0.0, 0.0, 0.0)

    recipe.backbone.patch_size = 4
    recipe.backbone.num_layers = 4
    recipe.backbone.num_heads = 2
    recipe.backbone.hidden_dim = 64
    recipe.backbone.mlp_dim = 128
    recipe.backbone.stochastic_depth_rate = 0.0
    recipe.backbone.position_initial = "sincos"
    recipe.head.num_prototypes = 256
    recipe.head.hidden_dim = 128
    recipe.head.bottleneck_dim = 32

    recipe.objective.teacher_temperature = (0.04, 0.04)
    recipe.objective.patch_teacher_temperature = (0.04, 0.04)
    recipe.optimizer.learning_rate = 12e-3  # 3e-3 at this batch size
    recipe.optimizer.warmup_epochs = 0.4
    recipe.optimizer.frozen_epochs = 0.0
    recipe.teacher.momentum = (0.99, 1.0)
    recipe.training.batch_size = 64
    recipe.training.epochs = 6
    return recipe
