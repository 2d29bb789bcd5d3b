"""Segments scenes by the frozen patches of a run's backbone.

    python examples/segment.py runs/quickstart-... [SCENES [SIDE]]

Scenes are made from the bundled photographs: SCENES (2000) of SIDE (28) by
SIDE pixels teach a linear classifier of patches, a quarter as many, of other
photographs, are segmented. Beside the backbone of the run stands the same
network at random. `KERAS_BACKEND` chooses the framework; the run may come from
another one.
"""

import dataclasses
import sys

import keras

from keras_attmask.applications import load_backbone
from keras_attmask.applications import load_preprocessing
from keras_attmask.data import make_scenes
from keras_attmask.evaluation import segmentation_probe

run, *numbers = sys.argv[1:]
count, side = map(int, [*numbers, *(2000, 28)[len(numbers) :]])
keras.utils.set_random_seed(0)
backbone = load_backbone(run)
prepare = dataclasses.replace(
    load_preprocessing(run),
    image_shape=(side, side, backbone.image_shape[-1]),
)
garments = (1, min((side // 28) ** 2, 4))
data = [
    make_scenes("train", count, (side, side), garments, (1, 1)),
    make_scenes("test", count // 4, (side, side), garments, (1, 1)),
]


def miou(backbone):
    return 100 * segmentation_probe(backbone, data, prepare)["miou"]


print(f"pretrained: {miou(backbone):.1f} %")
random = type(backbone).from_config(backbone.get_config())
print(f"at random: {miou(random):.1f} %")
