"""Bundled Fashion-MNIST on two CPU cores, in minutes.

Paper: What to Hide from Your Students, arXiv 2203.12719, scaled to 28 pixels.
Command: attmask pretrain --recipe=recipes/quickstart.py
Expected: k-NN 75 % (random network 63 to 65 %, raw pixels 82 %).
Hardware: 2 CPU cores, 4 to 5 minutes with TensorFlow.
"""

from keras_attmask.recipe import published


def get_config():
    recipe = published()
    recipe.name = "quickstart"
    recipe.saved_model = "saved_models/quickstart"
    recipe.data.source = "bundled:fashion_mnist/train"
    recipe.data.channels = 1
    recipe.data.mean = (0.286,)
    recipe.data.std = (0.353,)
    recipe.evaluation.bank = "bundled:fashion_mnist/train"
    recipe.evaluation.queries = "bundled:fashion_mnist/test"
    recipe.evaluation.crop_ratio = 1.0
    recipe.evaluation.every_epochs = 3

    recipe.views.local_crops = 2
    recipe.views.global_size = 28
    recipe.views.local_size = 14
    recipe.views.global_scale = (0.5, 1.0)
    recipe.views.local_scale = (0.3, 0.7)
    recipe.views.flip_probability = 0.0  # these pictures all face one way
    recipe.views.blur_sigma = (0.0125, 0.25)
    recipe.views.solarize_probability = (0.0, 0.0, 0.0)

    recipe.backbone.patch_size = 7
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
    recipe.optimizer.learning_rate = 20e-3  # 5e-3 at this batch size
    recipe.optimizer.warmup_epochs = 0.8
    recipe.optimizer.frozen_epochs = 0.0
    recipe.teacher.momentum = (0.99, 1.0)
    recipe.training.batch_size = 64
    recipe.training.epochs = 12
    return recipe
