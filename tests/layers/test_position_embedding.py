import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.layers import PositionEmbedding
from keras_attmask.layers.position_embedding import RULES
from keras_attmask.layers.position_embedding import interpolation_matrix
from keras_attmask.layers.position_embedding import sine_cosine_table

# Rows of the matrix that takes 14 positions to 6: first column, weights.
OFFICIAL = [
    (0, [0.335622, 0.775220, -0.110842]),
    (1, [-0.002327, 0.047735, 0.992829, -0.038236]),
    (4, [-0.103597, 0.889656, 0.246245, -0.032304]),
    (6, [-0.087226, 0.550358, 0.636336, -0.099468]),
    (8, [-0.018397, 0.167167, 0.939710, -0.088480]),
    (11, [-0.070932, 0.968310, 0.102621]),
]


def random_table(grid, dim=3):
    random = np.random.default_rng(0)
    return random.normal(size=(1 + grid[0] * grid[1], dim)).astype("float32")


def layer_with(table, grid, **settings):
    layer = PositionEmbedding(grid, **settings)
    layer.build((None, len(table), table.shape[-1]))
    layer.table.assign(table)
    return layer


def test_matrix_of_local_crops_is_the_official_one():
    wanted = np.zeros((6, 14))
    for row, (first, weights) in enumerate(OFFICIAL):
        wanted[row, first : first + len(weights)] = weights
    found = interpolation_matrix(14, 6)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=6e-7)


def test_second_row_by_hand():
    # scale = 6.1 / 14; row 1 reads 1.5 / scale - 0.5 = 2.942623, between
    # columns 2 and 3: t = .942623; Keys' cubic with A = -0.75.
    t = 1.5 * 14 / 6.1 - 0.5 - 2
    weights = [
        -0.75 * ((1 + t) ** 3 - 5 * (1 + t) ** 2 + 8 * (1 + t) - 4),
        1.25 * t**3 - 2.25 * t**2 + 1,
        1.25 * (1 - t) ** 3 - 2.25 * (1 - t) ** 2 + 1,
        -0.75 * ((2 - t) ** 3 - 5 * (2 - t) ** 2 + 8 * (2 - t) - 4),
    ]
    found = interpolation_matrix(14, 6)[1]
    assert found[1:5] == pytest.approx(weights, abs=1e-12)
    assert np.count_nonzero(found) == 4


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", [(14, 6), (4, 2), (3, 7), (14, 14), (5, 1)])
def test_rows_sum_to_one(rule, sizes):
    matrix = interpolation_matrix(*sizes, rule)
    assert matrix.shape == sizes[::-1]
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=0, atol=1e-12)


def test_the_two_rules_differ():
    # Under the exact quotient 14 -> 14 is the identity; the official scale
    # (14 + 0.1) / 14 shifts it a little.
    np.testing.assert_array_equal(
        interpolation_matrix(14, 14, "size"), np.eye(14)
    )
    shifted = interpolation_matrix(14, 14, "scale")
    assert 0.01 < np.abs(shifted - np.eye(14)).max() < 0.2
    # 4 -> 2 by the quotient reads at 0.5 and 2.5, halfway: weights of the
    # cubic at 1/2 are -3/32, 19/32, 19/32, -3/32, border replicated.
    np.testing.assert_allclose(
        interpolation_matrix(4, 2, "size") * 32,
        [[-3 + 19, 19, -3, 0], [0, -3, 19, 19 - 3]],
        rtol=0,
        atol=1e-12,
    )


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("grid", [(6, 9), (20, 5), (1, 14)])
def test_agrees_with_pytorch_bicubic(rule, grid):
    torch = pytest.importorskip("torch")
    table = random_table((14, 14))
    layer = layer_with(table, (14, 14), rule=rule)
    found = ops.convert_to_numpy(layer.resized(grid))
    patches = torch.tensor(table[1:].reshape(1, 14, 14, 3))
    arguments = {"size": grid, "antialias": rule == "antialias"}
    if rule == "scale":
        arguments = {"scale_factor": [(side + 0.1) / 14 for side in grid]}
    wanted = torch.nn.functional.interpolate(
        patches.permute(0, 3, 1, 2), mode="bicubic", **arguments
    )
    wanted = wanted.permute(0, 2, 3, 1).reshape(-1, 3).numpy()
    np.testing.assert_allclose(found[1:], wanted, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(found[0], table[0])


def test_own_grid_is_added_as_it_is():
    table = random_table((2, 3))
    layer = layer_with(table, (2, 3))
    x = np.random.default_rng(1).normal(size=(2, 7, 3)).astype("float32")
    for grid in (None, (2, 3)):
        found = ops.convert_to_numpy(layer(x, grid=grid))
        np.testing.assert_array_equal(found, x + table)


def test_same_number_of_patches_in_another_shape_is_interpolated():
    layer = layer_with(random_table((2, 6)), (2, 6))
    down, across = interpolation_matrix(2, 3), interpolation_matrix(6, 4)
    patches = ops.convert_to_numpy(layer.table)[1:].reshape(2, 6, 3)
    wanted = np.einsum("ri,cj,ijd->rcd", down, across, patches)
    found = ops.convert_to_numpy(layer(np.zeros((1, 13, 3)), grid=(3, 4)))
    np.testing.assert_allclose(
        found[0, 1:].reshape(3, 4, 3), wanted, rtol=0, atol=1e-5
    )


def test_symbolic_call_at_another_grid():
    tokens = keras.Input((1 + 12, 4))
    layer = PositionEmbedding((2, 6))
    model = keras.Model(tokens, layer(tokens, grid=(3, 4)))
    x = np.zeros((2, 13, 4), "float32")
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(x)),
        ops.convert_to_numpy(layer(x, grid=(3, 4))),
    )


@pytest.mark.parametrize("compute", ["bfloat16", "float16"])
def test_interpolates_in_float32_and_rounds_once(compute):
    table = random_table((6, 6))
    wide = layer_with(table, (6, 6)).resized((3, 2))
    layer = layer_with(table, (6, 6), dtype=f"mixed_{compute}")
    found = layer(np.zeros((1, 7, 3), "float32"), grid=(3, 2))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.cast(found[0], "float32")),
        ops.convert_to_numpy(ops.cast(ops.cast(wide, compute), "float32")),
    )


def test_gradient_reaches_the_table_through_the_matrix():
    layer = layer_with(random_table((4, 4), 1), (4, 4))
    x = np.zeros((1, 5, 1), "float32")
    found = gradients(
        lambda: ops.sum(layer(x, grid=(2, 2))[:, 1:]), [layer.table]
    )[0]
    columns = interpolation_matrix(4, 2).sum(axis=0)
    np.testing.assert_allclose(
        found[1:, 0].reshape(4, 4),
        np.outer(columns, columns),
        rtol=0,
        atol=1e-6,
    )
    assert found[0, 0] == 0.0


def test_sine_cosine_positions_by_hand():
    # D = 8: two frequencies, 1 and 1/100; row 1, column 2.
    table = sine_cosine_table((2, 3), 8)
    assert table.dtype == "float32" and table.shape == (6, 8)
    angles = [np.sin(1), np.sin(0.01), np.cos(1), np.cos(0.01)]
    angles += [np.sin(2), np.sin(0.02), np.cos(2), np.cos(0.02)]
    assert table[5] == pytest.approx(angles, abs=1e-6)
    assert table[0].tolist() == [0, 0, 1, 1, 0, 0, 1, 1]


def test_both_initial_tables():
    sincos = PositionEmbedding((2, 3), initial="sincos")
    sincos.build((None, 7, 8))
    table = ops.convert_to_numpy(sincos.table)
    assert not table[0].any()  # the class token has no place
    np.testing.assert_array_equal(table[1:], sine_cosine_table((2, 3), 8))
    normal = PositionEmbedding((20, 20), initial="normal")
    normal.build((None, 401, 100))
    deviation = ops.convert_to_numpy(normal.table).std()
    assert abs(deviation / 0.02 - 1) < 0.02


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="`rule` .*'antialias'.*'bicubic'"):
        PositionEmbedding((2, 2), rule="bicubic")
    with pytest.raises(ValueError, match="`initial` .*, got 'zeros'"):
        PositionEmbedding((2, 2), initial="zeros")
    with pytest.raises(ValueError, match="`hidden_dim` .*4, got 6"):
        sine_cosine_table((2, 2), 6)
