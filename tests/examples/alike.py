"""What examples that say how alike pictures are should print."""

import itertools
import os
import subprocess
import sys

import numpy as np
from keras import ops
from PIL import Image

from keras_attmask.data import Preprocessing
from keras_attmask.data import open_source
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import as_one

SHAPE = (16, 12, 3)
PREPARE = Preprocessing(SHAPE, (0.3, 0.4, 0.5), (0.2, 0.25, 0.3))
_ABSENT = "keras", "keras_attmask", "tensorflow", "jax", "torch"
_RUN = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({_ABSENT}))  # importing one of these fails
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0])
"""


def make_backbone():
    backbone = VisionTransformer(SHAPE, 4, 1, 1, 16)
    for variable in backbone.trainable_variables:
        if variable.name == "kernel":  # an untrained network sees too little
            variable.assign(5 * variable)
    return backbone


def make_pictures(folder):
    """Coloured PNG files of several sizes."""
    paths, bundled = [], open_source("bundled:fashion_mnist/test").images
    for index in range(3):
        grey = bundled[index, ..., 0]
        pixels = np.stack([grey, 255 - grey, grey // (1 + index)], axis=-1)
        picture = Image.fromarray(pixels).resize((24 + 7 * index, 31))
        paths.append(folder / f"picture_{index}.png")
        picture.save(paths[-1])
    return paths


def check_likeness(example, file, backbone, pictures):
    """Runs an example that may load no framework, and checks its numbers."""
    child = subprocess.run(
        [sys.executable, "-c", _RUN, *map(str, (example, file, *pictures))],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    tokens = []
    for path in pictures:
        pixels = as_one(PREPARE, np.asarray(Image.open(path))[None])
        token = ops.convert_to_numpy(backbone(pixels)["class_token"])[0]
        tokens.append(token / np.linalg.norm(token))
    lines = [line.split() for line in child.stdout.splitlines()]
    pairs = list(itertools.combinations(range(len(pictures)), 2))
    paths = [[str(pictures[i]) for i in pair] for pair in pairs]
    assert [names for _, *names in lines] == paths
    found = [float(number) for number, *_ in lines]
    expected = [tokens[one] @ tokens[other] for one, other in pairs]
    assert np.ptp(expected) > 0.05  # or nothing could be told apart
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3)
