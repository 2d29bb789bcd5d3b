import keras
import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.models import VisionTransformer
from keras_attmask.training import AdamW
from keras_attmask.training import layer_decay


def network(**options):
    return VisionTransformer((8, 8, 3), 4, 3, 2, 8, **options)


def test_factors_of_each_part():
    backbone = network(num_registers=2, layer_scale=0.1)
    found = layer_decay(backbone, 0.5)
    parts = {}
    for path, scale in found.items():
        parts.setdefault(path.split("/")[1], set()).add(scale)
    early = ("patch_embedding", "class_token", "registers")
    assert parts == {
        **{name: {0.5**4} for name in (*early, "position_embedding")},
        **{f"block_{n}": {0.5 ** (3 - n)} for n in range(3)},
    }
    assert len(found) == len(backbone.trainable_variables) - 2  # the norm


def test_the_first_step_is_that_much_shorter():
    backbone = network()
    images = keras.Input((8, 8, 3))
    scores = keras.layers.Dense(2)(backbone(images)["class_token"])
    model = keras.Model(images, scores)
    scales = layer_decay(backbone, 0.5)
    model.compile(AdamW(1e-3, rate_scales=scales), "mse")
    before = {v.path: v.numpy() for v in model.trainable_variables}
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    model.fit(x, np.ones((4, 2), "float32"), verbose=0)
    longest = {
        v.path: np.abs(v.numpy() - before[v.path]).max()
        for v in model.trainable_variables
    }
    assert set(scales) < set(longest)
    for path, found in longest.items():
        # Adam's first step is the rate, wherever there is a slope.
        assert found == pytest.approx(1e-3 * scales.get(path, 1.0), rel=2e-2)


def test_what_is_frozen_needs_no_rate():
    backbone = network()
    backbone.blocks[0].trainable = False
    assert not any("block_0" in path for path in layer_decay(backbone, 0.5))


@pytest.mark.parametrize("decay", [0.0, 1.5, float("nan")])
def test_an_unusable_decay(decay):
    with pytest.raises(InputError, match="decay: expected a number above 0"):
        layer_decay(network(), decay)
