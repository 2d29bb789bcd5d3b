"""2,000 labels of the bundled Fashion-MNIST, on two CPU cores, in a minute.

Paper: What to Hide from Your Students, arXiv 2203.12719.
Command: attmask finetune --recipe=quickstart
--recipe.backbone.weights=runs/quickstart-...
Expected: see README.md.
Hardware: 2 CPU cores.
"""

from keras_attmask.recipe import finetuning


def get_config():
    recipe = finetuning()
    recipe.name = "finetune_quickstart"
    recipe.saved_model = "saved_models/finetune_quickstart"
    recipe.data.train = "bundled:fashion_mnist/train"
    recipe.data.validation = "bundled:fashion_mnist/test"
    recipe.data.limit = 2000
    recipe.backbone.stochastic_depth_rate = 0.0
    recipe.augmentation.crop_scale = (1.0, 1.0)
    recipe.augmentation.flip_probability = 0.0  # they all face one way
    recipe.augmentation.rand_augment = 0.0
    recipe.augmentation.random_erasing = 0.0
    recipe.augmentation.mixup = 0.0
    recipe.augmentation.cutmix = 0.0
    recipe.optimizer.learning_rate = 1e-2  # 2e-3 at this batch size
    recipe.optimizer.warmup_epochs = 1.0
    recipe.training.batch_size = 50
    recipe.training.epochs = 10
    return recipe
