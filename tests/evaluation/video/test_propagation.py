import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.evaluation.video import Propagation
from keras_attmask.evaluation.video import carried_labels
from keras_attmask.evaluation.video import mask_of
from keras_attmask.evaluation.video.on_device import carried_on_device
from keras_attmask.evaluation.video.on_host import carried_on_host
from keras_attmask.evaluation.video.propagation import propagated
from keras_attmask.evaluation.video.tiles import tiles_of


def unit(random, *shape):
    values = random.normal(size=shape).astype("float32")
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def plain(queries, context, labels, grid, rule):
    """Patch by patch, all pairs, in double precision."""
    places = [(y, x) for y in range(grid[0]) for x in range(grid[1])]
    found = []
    for (y, x), query in zip(places, np.float64(queries)):
        near = [
            not rule.radius or max(abs(y - v), abs(x - u)) <= rule.radius
            for v, u in places
        ]
        keys = np.concatenate([np.float64(frame)[near] for frame in context])
        known = np.concatenate([frame[near] for frame in labels])
        affinity = np.exp(keys @ query / rule.temperature)
        bound = np.sort(affinity)[::-1][: rule.num_neighbors][-1]
        affinity[affinity < bound] = 0
        found.append(affinity @ known / affinity.sum())
    return np.array(found)


@pytest.mark.parametrize("carried", [carried_on_host, carried_on_device])
@pytest.mark.parametrize(
    "grid, frames, rule",
    [
        ((23, 14), 3, Propagation(5, 3)),
        ((23, 14), 1, Propagation(3, 12, temperature=0.5)),
        ((5, 4), 2, Propagation(7, 0)),
        ((3, 3), 2, Propagation(50, 1)),  # more than there are
        ((1, 1), 1, Propagation()),
    ],
)
def test_as_patch_by_patch(carried, grid, frames, rule):
    random = np.random.default_rng(0)
    count = grid[0] * grid[1]
    context = list(unit(random, frames, count, 16))
    labels = list(random.random((frames, count, 3), "float32"))
    queries = unit(random, count, 16)
    tiles = tiles_of(grid, rule.radius)
    found = carried(
        tiles, queries, context, labels, rule.num_neighbors, rule.temperature
    )
    expected = plain(queries, context, labels, grid, rule)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_the_same_frame_gives_its_own_labels():
    random = np.random.default_rng(1)
    features = unit(random, 12, 8)
    labels = random.random((12, 2), "float32")
    found = carried_labels(
        features, [features], [labels], (3, 4), Propagation(1)
    )
    np.testing.assert_allclose(found, labels, atol=1e-6)


@pytest.mark.parametrize("carried", [carried_on_host, carried_on_device])
def test_all_that_tie_with_the_last_count(carried):
    # Four keys are alike, three would do, one is unlike.
    keys = np.eye(2, dtype="float32")[[0, 0, 0, 0, 1]]
    labels = np.array([[1], [0], [0], [0], [1]], "float32")
    tiles = tiles_of((1, 5), 0)
    found = carried(tiles, keys, [keys], [labels], 3, 0.1)
    assert found[0, 0] == pytest.approx(1 / 4)


@pytest.mark.parametrize("carried", [carried_on_host, carried_on_device])
def test_a_low_temperature_does_not_overflow(carried):
    random = np.random.default_rng(2)
    features = unit(random, 9, 4)
    labels = random.random((9, 2), "float32")
    tiles = tiles_of((3, 3), 0)
    found = carried(tiles, features, [features], [labels], 5, 1e-4)
    np.testing.assert_allclose(found, labels, atol=1e-5)


@pytest.mark.parametrize("grid, radius", [((1, 1), 12), ((25, 31), 4)])
def test_tiles_hold_each_patch_once_and_all_that_is_near(grid, radius):
    seen = []
    for tile in tiles_of(grid, radius):
        seen += tile.queries.tolist()
        y, x = np.divmod(tile.queries, grid[1])
        for row, column, near in zip(y, x, tile.near):
            v, u = np.divmod(tile.keys[near], grid[1])
            assert max(abs(v - row).max(), abs(u - column).max()) <= radius
            rows = min(row + radius, grid[0] - 1) - max(row - radius, 0) + 1
            columns = min(column + radius, grid[1] - 1)
            columns -= max(column - radius, 0) - 1
            assert near.sum() == rows * columns
    assert sorted(seen) == list(range(grid[0] * grid[1]))


def whole_patches(shift, frames, grid=(9, 11)):
    """A pattern of unlike patches that moves, and where it came from."""
    names = np.arange(grid[0] * grid[1]).reshape(grid)
    film = [
        np.roll(names, (shift[0] * i, shift[1] * i), (0, 1)).ravel()
        for i in range(frames)
    ]
    features = np.eye(names.size, dtype="float32")
    mask = np.zeros(grid, "float32")
    mask[2:5, 3:6] = 1
    first = np.stack([1 - mask.ravel(), mask.ravel()], axis=1)
    return [features[names] for names in film], first, mask


@pytest.mark.parametrize("shift", [(0, 0), (1, 0), (0, 1), (1, -1)])
@pytest.mark.parametrize("context", [1, 7])
def test_a_shift_by_whole_patches_is_followed(shift, context):
    frames, first, mask = whole_patches(shift, 4)
    # One neighbour: all others are equally unlike.
    rule = Propagation(1, radius=3, context=context)
    found = list(propagated(iter(frames), first, mask.shape, rule))
    assert len(found) == 3
    # Beyond the latest frame nothing is known of patches that came around.
    for index, labels in enumerate(found, 1):
        moved = np.roll(mask, np.multiply(shift, index), (0, 1))
        labels = labels[:, 1].reshape(mask.shape)
        assert labels[moved > 0] == pytest.approx(1)
        inner = np.s_[3:6, 3:8]
        assert labels[inner] == pytest.approx(moved[inner])


def test_without_context_only_the_first_frame_is_known():
    frames, first, mask = whole_patches((0, 3), 3)
    rule = Propagation(1, radius=4, context=0)
    found = list(propagated(iter(frames), first, mask.shape, rule))
    # Three patches away it is seen, six away it is not.
    moved = np.roll(mask, 3, 1).ravel()
    assert found[0][moved > 0, 1] == pytest.approx(1)
    lost = np.roll(mask, 6, 1).ravel() > 0
    assert found[1][lost, 1].max() < 1


def test_tokens_that_are_no_numbers():
    tokens = np.ones((2, 4, 3), "float32")
    tokens[1, 2] = np.nan
    found = propagated(iter(tokens), tokens[0], (2, 2), Propagation())
    with pytest.raises(InputError, match="patch tokens.*finite"):
        list(found)


@pytest.mark.parametrize(
    "name, value",
    [
        ("num_neighbors", 0),
        ("radius", -1),
        ("context", 1.5),
        ("temperature", 0),
    ],
)
def test_settings_are_named(name, value):
    with pytest.raises(InputError, match=f"^{name}: expected .*{value}"):
        Propagation(**{name: value})


def test_masks_are_enlarged_and_the_greatest_wins():
    # Between the centres of two patches of 4 pixels labels change midway.
    shares = np.array([[1, 0], [0, 1]], "float32")
    found = mask_of(shares, (1, 2), 4, (4, 8))
    assert found.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]] * 4
    assert mask_of(shares, (1, 2), 4, (2, 4)).tolist() == [[0, 0, 1, 1]] * 2


def test_a_faint_object_is_brought_to_full_range():
    # 0.4 is the most that there is of the object: as sure as the ground's 1.
    shares = np.array([[1, 0], [0.6, 0.4], [1, 0]], "float32")
    assert mask_of(shares, (1, 3), 1, (1, 3)).tolist() == [[0, 1, 0]]


def test_an_object_that_is_nowhere_is_never_found():
    shares = np.array([[0, 0.0, 1]] * 4, "float32")
    assert (mask_of(shares, (2, 2), 2, (5, 7)) == 2).all()


def test_an_object_that_fills_the_frame_keeps_it():
    shares = np.array([[0, 1.0]] * 4, "float32")
    assert (mask_of(shares, (2, 2), 2, (4, 4)) == 1).all()
    assert (mask_of(shares[:, ::-1], (2, 2), 2, (4, 4)) == 0).all()


@pytest.mark.parametrize("carried", [carried_on_host, carried_on_device])
def test_patches_that_are_all_alike(carried):
    # All tie: each takes the mean of what is near, of two frames.
    keys = np.ones((35, 1), "float32")
    labels = list(np.random.default_rng(3).random((2, 35, 2), "float32"))
    found = carried(tiles_of((5, 7), 1), keys, [keys] * 2, labels, 5, 0.1)
    near = np.reshape(labels, (2, 5, 7, 2))[:, 1:4, 2:5]
    np.testing.assert_allclose(
        found.reshape(5, 7, 2)[2, 3], near.mean(axis=(0, 1, 2)), atol=1e-6
    )
