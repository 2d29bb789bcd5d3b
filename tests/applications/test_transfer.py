import numpy as np
import pytest
from keras import ops

from keras_attmask.applications.transfer import check_fits
from keras_attmask.applications.transfer import copy_weights
from keras_attmask.applications.transfer import description
from keras_attmask.errors import InputError
from keras_attmask.layers.position_embedding import interpolation_matrix
from keras_attmask.models import VisionTransformer

SETTINGS = {
    "patch_size": 4,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 16,
    "num_registers": 2,
    "layer_scale": 0.1,
}


def tokens(backbone, images):
    found = backbone(images, training=False)
    return {name: ops.convert_to_numpy(found[name]) for name in found}


def test_a_copy_answers_like_the_original_at_every_grid():
    # Stochastic depth and a mask token are the student's own affair.
    source = VisionTransformer(
        (8, 8, 3), **SETTINGS, use_mask_token=True, stochastic_depth_rate=0.5
    )
    target = VisionTransformer((12, 16, 3), **SETTINGS)
    copy_weights(source, target)
    images = np.random.default_rng(0).normal(size=(2, 12, 16, 3))
    expected = tokens(source, images.astype("float32"))
    found = tokens(target, images.astype("float32"))
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-5)


def test_the_table_is_resized_by_the_rule_of_its_source():
    source = VisionTransformer((8, 8, 3), **SETTINGS, position_rule="size")
    target = VisionTransformer((4, 12, 3), **SETTINGS)
    copy_weights(source, target)
    table = ops.convert_to_numpy(source.position_embedding.table)
    rows, columns = (interpolation_matrix(2, n, "size") for n in (1, 3))
    patches = np.einsum(
        "ri,cj,ijd->rcd", rows, columns, table[1:].reshape(2, 2, 16)
    )
    found = ops.convert_to_numpy(target.position_embedding.table)
    np.testing.assert_array_equal(found[0], table[0])
    np.testing.assert_allclose(
        found[1:], patches.reshape(3, 16), rtol=0, atol=1e-6
    )


def test_a_description_fills_in_what_is_left_out():
    backbone = VisionTransformer((8, 8, 1), **SETTINGS)
    found = description(backbone.get_config(), 1)
    assert found == description(SETTINGS, 1)
    assert found["mlp_dim"] == 64 and found["layer_scale"] is True


@pytest.mark.parametrize(
    "change, message",
    [
        ({"patch_size": 8, "hidden_dim": 8}, "patch_size 4 .*got 8"),
        ({"hidden_dim": 8, "num_layers": 1}, "hidden_dim 16 .*got 8"),
        ({"num_layers": 1, "num_heads": 4}, "num_layers 2 .*got 1"),
        ({"num_heads": 4}, "num_heads 2 .*got 4"),
        ({"mlp_dim": 20}, "mlp_dim 64 .*got 20"),
        ({"num_registers": 0}, "num_registers 2 .*got 0"),
        ({"layer_scale": None}, "layer_scale True .*got False"),
    ],
)
def test_the_first_difference_is_named(change, message):
    expected = description(SETTINGS, 3)
    found = description({**SETTINGS, **change}, 3)
    with pytest.raises(InputError, match=f"^weights: expected {message} in 'x"):
        check_fits(expected, found, "ViT", "x")


def test_channels_are_compared_and_the_unknown_is_not():
    expected = description(SETTINGS, 3)
    known = {n: v for n, v in expected.items() if n != "num_heads"}
    check_fits(expected, known, "ViT", "x")
    with pytest.raises(InputError, match="channels 3 for ViT, got 1 in 'x'"):
        check_fits(expected, known | {"channels": 1}, "ViT", "x")
