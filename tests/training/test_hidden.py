import keras
import numpy as np
import pytest
from gradients import gradients
from keras import ops

from keras_attmask.training import hidden as hidden_module
from keras_attmask.training.hidden import gather_hidden

WAYS = pytest.mark.parametrize("early", [True, False])


@pytest.fixture(name="way")
def choose_the_way(monkeypatch):
    """Chooses how an accelerator or a CPU gathers, whatever runs the test."""

    def choose(early):
        compiles = keras.backend.backend() != "torch"
        monkeypatch.setattr(
            hidden_module, "compiles_for_cpu", lambda: early and compiles
        )
        monkeypatch.setattr(
            hidden_module, "on_eager_cpu", lambda x: early and not compiles
        )

    return choose


def example(rows=6, patches=12, capacity=5, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, patches, 3)).astype("float32")
    order = random.random((rows, patches)).argsort(axis=1)
    mask = order < random.integers(0, capacity + 1, (rows, 1))
    mask[rows // 2 :] = False  # one view of each image hides nothing
    return x, mask


def gathered(x, mask, **views):
    return gather_hidden(
        *map(ops.convert_to_tensor, (x, x[..., :2], mask)), capacity=5, **views
    )


def expected(x, mask):
    counts = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    return np.einsum("mnd,mn->d", x, mask / counts) / len(mask)


@WAYS
@pytest.mark.parametrize("masked_views", [1, 2])
def test_the_weighted_sum_is_that_of_all_patches(way, early, masked_views):
    way(early)
    x, mask = example()
    found = gathered(x, mask, views=2, masked_views=masked_views)
    shares = ops.expand_dims(found.shares, -1)
    axes = tuple(range(len(found.shares.shape)))
    for values, wanted in ((found.tokens, x), (found.vectors, x[..., :2])):
        np.testing.assert_allclose(
            ops.convert_to_numpy(ops.sum(values * shares, axis=axes)),
            expected(wanted, mask),
            atol=1e-6,
        )
    if not early:
        assert tuple(found.shares.shape) == (5, 3 * masked_views)


@WAYS
def test_rows_beyond_those_needed_count_nothing(way, early):
    way(early)
    x, mask = example()
    found = gathered(x, mask)
    shares = ops.convert_to_numpy(found.shares)
    if found.needed is None:
        assert not early or (shares > 0).all()
    else:
        needed = int(found.needed)
        assert needed == mask.sum() < len(shares)
        assert (shares[:needed] > 0).all() and (shares[needed:] == 0).all()


@WAYS
def test_views_that_hide_nothing_leave_a_sum_of_zero(way, early):
    way(early)
    x, mask = example()
    found = gathered(x, mask & False)
    assert found.tokens.shape[0] >= 1
    assert float(ops.convert_to_numpy(ops.sum(found.shares))) == 0.0


@WAYS
def test_gradient_returns_to_the_place_it_came_from(way, early):
    way(early)
    x, mask = example()
    variable = keras.Variable(x)

    def loss():
        found = gather_hidden(
            ops.convert_to_tensor(variable),
            ops.convert_to_tensor(x),
            ops.convert_to_tensor(mask),
            5,
        )
        hidden = ops.cast(found.shares > 0, "float32")
        return ops.sum(found.tokens * ops.expand_dims(hidden, -1))

    found = gradients(loss, [variable])[0]
    np.testing.assert_array_equal(found, np.repeat(mask[..., None], 3, 2))


@pytest.mark.parametrize(
    "early, size, rows",
    [
        (False, 24, 4),
        (False, 1, 1),
        (False, 0, 0),
        (True, 24, 24),
        (True, 0, 0),
    ],
)
def test_a_chunk_is_counted_in_tokens(way, early, size, rows):
    way(early)
    assert gathered(*example()).rows_a_chunk(size) == rows
