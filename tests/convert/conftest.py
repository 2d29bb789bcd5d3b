"""Small networks with random weights, all of them, in every test."""

import keras
import numpy as np
import pytest

from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.layers import ProjectionHead
from keras_attmask.models import VisionTransformer


def randomise(network, seed=0):
    draw = np.random.default_rng(seed)
    for variable in network.variables:
        variable.assign(draw.normal(0, 0.3, variable.shape))
    return network


@pytest.fixture
def make_backbone():
    """A `VisionTransformer` 32x32, patch 8, 2 blocks, 2 heads, width 12."""

    def make(seed=0, **changes):
        settings = {"image_shape": (32, 32, 3), "mlp_dim": 24, **changes}
        backbone = VisionTransformer(
            patch_size=8,
            num_layers=2,
            num_heads=2,
            hidden_dim=12,
            name="backbone",
            **settings,
        )
        return randomise(backbone, seed)

    return make


@pytest.fixture
def make_head():
    """A `ProjectionHead` 12-7-7-5-9."""

    def make(seed=0, shared=True):
        head = ProjectionHead(9, 7, 5, shared, name="head")
        head.build((None, 12))
        return randomise(head, seed)

    return make


@pytest.fixture
def full(make_backbone, make_head):
    """A full checkpoint; student and teacher differ."""

    def make(shared=True):
        networks = {
            "student": Network(
                make_backbone(1, use_mask_token=True), make_head(2, shared)
            ),
            "teacher": Network(make_backbone(3), make_head(4, shared)),
        }
        centers = {
            "cls": np.arange(9, dtype="float32"),
            "patch": np.arange(9, dtype="float32") / 7,
        }
        return Checkpoint("keras", networks, centers, epoch=5)

    return make


def same_weights(found, expected):
    """Equal to the bit, whatever the names of the networks."""
    assert len(found.variables) == len(expected.variables)
    for one, other in zip(found.variables, expected.variables):
        one, other = (keras.ops.convert_to_numpy(v) for v in (one, other))
        np.testing.assert_array_equal(one, other)


@pytest.fixture(name="same_weights")
def _same_weights():
    return same_weights
