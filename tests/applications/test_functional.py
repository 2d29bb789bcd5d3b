import numpy as np
import pytest
from keras import ops

from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.errors import InputError

SHAPE = (8, 16, 3)  # 2 x 4 patches


@pytest.fixture
def parts(small):
    """Images and what the backbone of `make(pooling)` makes of them."""
    images = np.random.default_rng(0).normal(size=(2, *SHAPE))
    images = images.astype("float32")

    def make(pooling):
        model = constructor(small)(False, input_shape=SHAPE, pooling=pooling)
        tokens = model.get_layer("backbone")(images, training=False)
        found = ops.convert_to_numpy(model(images, training=False))
        assert model.output_shape == (None, *found.shape[1:])
        return found, {n: ops.convert_to_numpy(t) for n, t in tokens.items()}

    return make


def check(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_no_pooling_gives_the_map_of_patches(parts):
    found, tokens = parts(None)
    assert found.shape == (2, 2, 4, 16)
    check(found[:, 1, 2], tokens["patch_tokens"][:, 6])


def test_average_and_maximum_are_over_patches(parts):
    found, tokens = parts("avg")
    check(found, tokens["patch_tokens"].mean(axis=1))
    found, tokens = parts("max")
    check(found, tokens["patch_tokens"].max(axis=1))


def test_token_is_the_class_token(parts):
    found, tokens = parts("token")
    check(found, tokens["class_token"])


def test_token_and_average_stand_side_by_side(parts):
    found, tokens = parts("token+avg")
    check(found[:, :16], tokens["class_token"])
    check(found[:, 16:], tokens["patch_tokens"].mean(axis=1))


def test_the_top_takes_the_class_token(small):
    images = np.random.default_rng(0).normal(size=(2, *SHAPE))
    model = constructor(small)(
        input_shape=SHAPE, classes=5, classifier_activation=None, pooling="avg"
    )
    kernel, bias = model.get_layer("predictions").get_weights()
    token = model.get_layer("backbone")(images)["class_token"]
    expected = ops.convert_to_numpy(token) @ kernel + (bias + 0)
    check(ops.convert_to_numpy(model(images)), expected)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"pooling": "mean"}, "^pooling: expected .*'token'.*got 'mean'$"),
        ({"classes": 0}, "^classes: expected 1 or more, got 0$"),
        ({"classes": 2.5}, "^classes: expected 1 or more, got 2.5$"),
    ],
)
def test_a_head_that_cannot_be_is_named(small, settings, message):
    with pytest.raises(InputError, match=message):
        constructor(small)(**settings)
