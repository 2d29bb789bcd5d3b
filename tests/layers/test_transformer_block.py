import numpy as np
import pytest
from keras import ops

from keras_attmask import counter_random
from keras_attmask.layers import TransformerBlock

X = np.random.default_rng(0).normal(size=(3, 5, 12)).astype("float32")


def make(**settings):
    block = TransformerBlock(3, 48, **settings)
    block.build((None, 5, 12))
    random = np.random.default_rng(1)
    for layer in (block.attention, block.mlp):
        for variable in layer.trainable_variables:
            variable.assign(random.normal(size=variable.shape) * 0.3)
    return block


def test_two_residual_branches_each_behind_a_norm():
    block = make()
    block.norm_1.gamma.assign(np.arange(12.0))
    block.norm_2.beta.assign(np.arange(12.0))
    y = X + ops.convert_to_numpy(block.attention(block.norm_1(X)))
    wanted = y + ops.convert_to_numpy(block.mlp(block.norm_2(y)))
    np.testing.assert_allclose(
        ops.convert_to_numpy(block(X)), wanted, rtol=0, atol=1e-5
    )


def test_norm_by_hand():
    # Mean 2, variance 2/3; epsilon is 1e-6, the official one.
    block = TransformerBlock(1, 4)
    block.build((None, 1, 3))
    found = block.norm_1(np.array([[[1.0, 2.0, 3.0]]], "float32"))
    edge = 1 / np.sqrt(2 / 3 + 1e-6)
    assert ops.convert_to_numpy(found)[0, 0] == pytest.approx(
        [-edge, 0.0, edge], abs=1e-6
    )
    tiny = block.norm_1(np.array([[[0.0, 0.0, 3e-3]]], "float32"))
    # Variance 2e-6, so that epsilon counts: 2e-3 / sqrt(3e-6).
    assert ops.convert_to_numpy(tiny)[0, 0, 2] == pytest.approx(
        2 / np.sqrt(3), rel=1e-4
    )


@pytest.mark.parametrize("initial", [None, 0.0, 0.5])
def test_layer_scale(initial):
    block, plain = make(layer_scale=initial), make()
    assert len(block.weights) == len(plain.weights) + 2 * (initial is not None)
    found = ops.convert_to_numpy(block(X))
    if initial is None:
        wanted = ops.convert_to_numpy(plain(X))
    elif initial == 0.0:
        wanted = X  # both branches are closed
    else:
        y = X + 0.5 * ops.convert_to_numpy(plain.attention(plain.norm_1(X)))
        wanted = y + 0.5 * ops.convert_to_numpy(plain.mlp(plain.norm_2(y)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


def test_class_attention_on_request():
    block = make()
    y, row = block(X, return_class_attention=True)
    _, wanted = block.attention(block.norm_1(X), return_class_attention=True)
    assert row.shape == (3, 3, 5)
    np.testing.assert_allclose(
        ops.convert_to_numpy(row), ops.convert_to_numpy(wanted), atol=1e-6
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(y), ops.convert_to_numpy(block(X)), atol=1e-6
    )


def test_stochastic_depth_drops_each_branch_by_itself():
    block = make(stochastic_depth_rate=0.5, index=3)
    assert (block.drop_1.stream, block.drop_2.stream) == (6, 7)
    x = np.repeat(X[:1], 400, axis=0)
    keys = counter_random.fold_in(2, np.arange(400))
    found = block(x, sample_key=keys, training=True)
    found = ops.convert_to_numpy(found).round(3)
    kinds, counts = np.unique(
        found.reshape(400, -1), axis=0, return_counts=True
    )
    # Both branches kept or dropped: four kinds, about a hundred each.
    assert len(kinds) == 4
    assert counts.min() > 60 and counts.max() < 140
    still = ops.convert_to_numpy(block(x[:1], sample_key=keys[:1]))
    plain = ops.convert_to_numpy(make()(x[:1]))
    np.testing.assert_allclose(still, plain, rtol=0, atol=1e-6)
