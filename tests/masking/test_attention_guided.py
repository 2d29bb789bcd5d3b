import numpy as np
import pytest
from keras import ops

from keras_attmask import counter_random
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.masking.attention_guided import reveal_hints

# The first row has a tie: patches 0 and 7.
ATTENTION = np.array(
    [
        [0.10, 0.05, 0.30, 0.20, 0.02, 0.08, 0.15, 0.10],
        [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08],
    ],
    "float32",
)


def masks(values, mode, ratio, hint_ratio=0.1, probability=1.0, **call):
    layer = AttentionGuidedMasking(
        mode,
        hint_ratio,
        mask_ratio=ratio,
        masking_probability=probability,
    )
    return ops.convert_to_numpy(layer(values, **call))


def sets(mask):
    return [set(np.flatnonzero(row).tolist()) for row in mask]


def keys(count, seed=0):
    return counter_random.fold_in(seed, np.arange(count))


def descending(rows, patches):
    """Attention whose patch i has rank i."""
    row = np.linspace(1.0, 0.1, patches, dtype="float32")
    return np.tile(row, (rows, 1))


@pytest.mark.parametrize(
    "mode, ratio, wanted",
    [
        ("high", 0.25, [{2, 3}, {6, 7}]),
        ("high", 0.5, [{2, 3, 6, 0}, {4, 5, 6, 7}]),  # the tie: 0, not 7
        ("low", 0.25, [{1, 4}, {0, 1}]),
        ("low", 0.5, [{4, 1, 5, 0}, {0, 1, 2, 3}]),
        ("high", 0.1, [set(), set()]),
        ("low", 0.1, [set(), set()]),
        ("high", 1.0, [set(range(8))] * 2),
        ("low", 1.0, [set(range(8))] * 2),
    ],
)
def test_official_masks(mode, ratio, wanted):
    assert sets(masks(ATTENTION, mode, ratio)) == wanted


@pytest.mark.parametrize("mode", ["high", "low"])
def test_constant_attention_hides_the_lowest_indices(mode):
    found = masks(np.full((1, 196), 0.5, "float32"), mode, 0.1)
    assert sets(found) == [set(range(19))]


@pytest.mark.parametrize("ratio, hints", [(0.5, 9), (0.1, 1)])
def test_hints_are_taken_from_the_hidden_patches(ratio, hints):
    # k = int(0.1 r n) of the nineteen most attended are shown again.
    found = masks(descending(50, 196), "hint", ratio, sample_key=keys(50))
    count = int(196 * ratio)
    assert (found.sum(axis=1) == count - hints).all()
    assert ((~found[:, :19]).sum(axis=1) == hints).all()
    assert found[:, 19:count].all() and not found[:, count:].any()


def test_each_of_the_most_attended_is_shown_equally_often():
    rows = 20000
    mask = np.repeat(np.arange(196)[None] < 58, rows, axis=0)
    noise = counter_random.uniform(counter_random.draws(keys(rows), 196))
    found = reveal_hints(mask, descending(rows, 196), noise, 19, 9)
    found = ops.convert_to_numpy(found)
    shown = 1.0 - found[:, :19].mean(axis=0)
    # Four deviations of 20000 draws of 9/19 are 0.0141.
    np.testing.assert_allclose(shown, 9 / 19, rtol=0, atol=0.0145)
    assert found[:, 19:58].all()
    assert (found.sum(axis=1) == 49).all()


def test_gated_off_rows_stay_whole():
    found = masks(
        descending(2000, 50), "hint", 0.4, 0.1, 0.5, sample_key=keys(2000)
    )
    # int(.1 * .4 * 50) = 2 of the twenty.
    assert set(found.sum(axis=1).tolist()) == {0, 18}


@pytest.mark.parametrize("patches, ratio", [(64, 0.1), (4, 0.5), (9, 0.3)])
def test_small_grids_without_hints(patches, ratio):
    # int(0.1 r n) is zero here, where the official code stops.
    found = masks(descending(5, patches), "hint", ratio, sample_key=keys(5))
    assert (found == (np.arange(patches) < int(patches * ratio))).all()


def test_hint_ratio_zero_is_high():
    high = masks(ATTENTION, "high", 0.5)
    np.testing.assert_array_equal(masks(ATTENTION, "hint", 0.5, 0.0), high)


def test_no_more_hints_than_patches_to_draw_from():
    # The official code would show patches outside the top set.
    mask = np.ones((3, 8), "bool")
    noise = counter_random.uniform(counter_random.draws(keys(3), 8))
    found = reveal_hints(mask, descending(3, 8), noise, 2, 5)
    wanted = np.arange(8) >= 2
    assert (ops.convert_to_numpy(found) == wanted).all()


def test_hint_ratio_one_shows_a_share_of_all():
    # T = 10 and k = int(1 * .5 * 10) = 5 of the ten; five were hidden.
    found = masks(descending(400, 10), "hint", 0.5, 1.0, sample_key=keys(400))
    assert not found[:, 5:].any()
    assert abs(found.sum(axis=1).mean() - 2.5) < 0.25


def test_hint_count_is_floored_in_double_precision():
    # int(0.29 * 100) = 28: 28.999999999999996 before the floor.
    found = masks(descending(3, 100), "hint", 1.0, 0.29, sample_key=keys(3))
    assert (found.sum(axis=1) == 100 - 28).all()


def counts_and_hints(per_image, rows, step=0):
    """N and k of each row, of masks of 400 patches with many hints."""
    layer = AttentionGuidedMasking(
        "hint",
        0.5,
        mask_ratio=(0.6, 0.9),
        masking_probability=1.0,
        per_image=per_image,
    )
    call = {"sample_key": keys(rows, step), "step_key": step}
    found = ops.convert_to_numpy(layer(descending(rows, 400), **call))
    # Hints come from patches 0 to 199, the last hidden one is N - 1 > 199.
    count = 400 - np.argmax(found[:, ::-1], axis=1)
    return count, count - found.sum(axis=1)


def test_hint_count_is_an_independent_draw():
    count, hints = counts_and_hints(True, 1500)
    # N = 400 r and k = 200 r', with r and r' uniform on [.6, .9].
    assert 240 <= count.min() < 245 and 355 < count.max() < 360
    assert 120 <= hints.min() < 123 and 177 < hints.max() < 180
    # Four deviations are 4 / sqrt(1500) = 0.103.
    assert abs(np.corrcoef(count, hints)[0, 1]) < 0.103


def test_counts_are_shared_by_the_rows_of_a_step():
    found = np.array([counts_and_hints(False, 3, step) for step in range(20)])
    assert (found == found[..., :1]).all()
    count, hints = found[..., 0].T
    assert len(set(count)) > 10 and len(set(hints)) > 10
    assert (count // 2 != hints).any()


def test_mistakes_are_named():
    expected = r"`mode` must be one of \('high', 'hint', 'low'\), got 'top'"
    with pytest.raises(ValueError, match=expected):
        AttentionGuidedMasking("top")
    for ratio in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="`hint_ratio` .* got"):
            AttentionGuidedMasking(hint_ratio=ratio)
