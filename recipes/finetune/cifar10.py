"""All weights of a backbone, on CIFAR-10, as AttMask was measured.

Images are brought to the size of the backbone, 224 pixels for ViT-S/16. Other
than in the official runs, the rate rises from 0 instead of 1e-6 and changes
with every step, every drawn operation of RandAugment is done, bfloat16 stands
for float16, and an epoch shows each image once; theirs had as many steps, of a
third of the images, each three times side by side (repeated augmentation).

Paper: What to Hide from Your Students, arXiv 2203.12719, by the recipe of DeiT,
arXiv 2012.12877.
Command: attmask finetune --recipe=cifar10 --recipe.backbone.weights=vit.pth
    or, with class folders of your own instead of a download,
    --recipe.data.train=cifar10/train --recipe.data.validation=cifar10/test
Expected: not measured here; the last and the best epoch are printed.
Hardware: made for six GPUs of 150 images each. One takes a batch in parts by
--recipe.training.accumulation=6, and images are then mixed within a part.
"""

from keras_attmask.recipe import finetuning


def get_config():
    recipe = finetuning()
    recipe.name = "finetune_cifar10"
    recipe.data.train = "tfds:cifar10/train"
    recipe.data.validation = "tfds:cifar10/test"
    recipe.data.crop_ratio = 0.875  # 256 pixels, of which 224 are seen
    recipe.optimizer.learning_rate = 3.75e-6  # 1.318e-5 at this batch size
    recipe.optimizer.final_learning_rate = 1e-5
    recipe.optimizer.layer_decay = 1.0
    recipe.training.batch_size = 900
    recipe.training.epochs = 500
    recipe.training.dtype = "mixed_bfloat16"
    recipe.evaluation.every_epochs = 10
    return recipe
