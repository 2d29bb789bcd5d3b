"""The official recipe's views by torchvision and Pillow: the peer.

Written from the published description of the recipe: two global views of 224
pixels and local ones of 96, each with its own crop, mirror, colours, blur and
solarisation, ending in normalised tensors.
"""

import random
import re
import sys

import torch
from PIL import Image
from PIL import ImageFilter
from PIL import ImageOps


def _import_transforms():
    """torchvision's transforms, also beside a PyTorch without CUDA.

    Its wheels for CUDA cannot load their operators there, and stop at each
    one that they miss; the transforms need none.
    """
    for _ in range(100):
        try:
            from torchvision import transforms
        except RuntimeError as error:
            missing = re.search(
                r"torchvision::(\w+) does not exist", str(error)
            )
            if not missing:
                raise
            torch.library.define(f"torchvision::{missing[1]}", "() -> Tensor")
            for name in [n for n in sys.modules if "torchvision" in n]:
                del sys.modules[name]
        else:
            return transforms
    raise ImportError("torchvision: expected one that fits this torch")


transforms = _import_transforms()


class _Blur:
    def __init__(self, probability):
        self.probability = probability

    def __call__(self, image):
        if random.random() >= self.probability:
            return image
        sigma = random.uniform(0.1, 2.0)
        return image.filter(ImageFilter.GaussianBlur(radius=sigma))


class _Solarize:
    def __init__(self, probability):
        self.probability = probability

    def __call__(self, image):
        if random.random() >= self.probability:
            return image
        return ImageOps.solarize(image)


def _view(size, scale, blur, solarize=0.0):
    jitter = transforms.ColorJitter(0.4, 0.4, 0.2, 0.1)
    return transforms.Compose(
        [
            transforms.RandomResizedCrop(
                size, scale, interpolation=Image.Resampling.BICUBIC
            ),
            transforms.RandomHorizontalFlip(0.5),
            transforms.RandomApply([jitter], p=0.8),
            transforms.RandomGrayscale(p=0.2),
            _Blur(blur),
            _Solarize(solarize),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )


class OfficialPipeline:
    """Decodes files and makes their views, one image after another.

    Args:
        global_scale: `(low, high)` share of the image's area.
        local_scale: `(low, high)` likewise.
        local_crops: local views an image.
    """

    def __init__(self, global_scale, local_scale, local_crops):
        self._views = [
            _view(224, global_scale, 1.0),
            _view(224, global_scale, 0.1, 0.2),
        ]
        self._views += [_view(96, local_scale, 0.5)] * local_crops

    def __call__(self, paths):
        """Makes all views of all images; returns how many images."""
        torch.set_num_threads(1)
        for path in paths:
            with open(path, "rb") as file:
                image = Image.open(file).convert("RGB")
            for view in self._views:
                view(image)
        return len(paths)
