import numpy as np
import pytest
from gradients import gradient
from keras import ops

from keras_attmask import counter_random
from keras_attmask.masking import AttentionGuidedMasking
from keras_attmask.masking import BlockMasking
from keras_attmask.masking import MaskingStrategy
from keras_attmask.masking import RandomMasking
from keras_attmask.masking.strategy import ranks


def keys(count, seed=0):
    return counter_random.fold_in(seed, np.arange(count))


def attention(rows, patches=196, seed=0):
    return np.random.default_rng(seed).random((rows, patches), "float32")


def counts(layer, values, **call):
    """How many patches of each row are hidden."""
    return ops.convert_to_numpy(layer(values, **call)).sum(axis=1)


def test_ranks_largest_first_ties_by_index():
    found = ranks(np.array([[0.1, 0.3, 0.3, 0.2], [5.0, 5.0, 5.0, 5.0]]))
    assert ops.convert_to_numpy(found).tolist() == [[3, 0, 1, 2], [0, 1, 2, 3]]
    constant = ops.convert_to_numpy(ranks(np.ones((2, 196), "float32")))
    assert (constant == np.arange(196)).all()


@pytest.mark.parametrize(
    "patches, ratio, count",
    [
        (196, 0.1, 19),
        (196, 0.3, 58),
        (196, 0.5, 98),
        (36, 0.5, 18),
        (49, 0.1, 4),
        (64, 0.3, 19),
        (100, 0.29, 28),  # 28.999999999999996 in double precision
        (10, 0.0, 0),
        (10, 1.0, 10),
    ],
)
def test_fixed_ratios_are_floored_in_double_precision(patches, ratio, count):
    layer = RandomMasking(mask_ratio=ratio, masking_probability=1.0)
    assert (counts(layer, attention(3, patches)) == count).all()
    assert layer.capacity(patches) == max(count, 1)


def test_gate_law():
    layer = RandomMasking(mask_ratio=0.5)
    masked = counts(layer, attention(20000, 4), sample_key=keys(20000)) > 0
    # Four deviations of 20000 draws are 0.014.
    assert abs(masked.mean() - 0.5) < 0.014
    # Two crops of an image are gated independently.
    first, second = masked.reshape(2, -1)
    assert abs((first & second).mean() - 0.25) < 0.018


@pytest.mark.parametrize("probability, share", [(0.0, 0.0), (1.0, 1.0)])
def test_certain_gates(probability, share):
    layer = RandomMasking(mask_ratio=0.5, masking_probability=probability)
    masked = counts(layer, attention(5000, 4), sample_key=keys(5000)) > 0
    assert masked.mean() == share


@pytest.mark.parametrize(
    "views, probability, each", [(2, 0.5, 1), (4, 0.75, 3), (2, 1.0, 2)]
)
def test_the_stratified_gate_masks_a_share_of_each_images_views(
    views, probability, each
):
    layer = RandomMasking(
        mask_ratio=0.5, masking_probability=probability, gate="stratified"
    )
    assert layer.masked_views(views) == each
    images = 4000
    call = {"sample_key": keys(views * images), "num_views": views}
    masked = counts(layer, attention(views * images, 4), **call) > 0
    masked = masked.reshape(views, images)
    assert (masked.sum(axis=0) == each).all()
    # Four deviations of 4000 draws with an even chance are 0.032.
    assert np.abs(masked.mean(axis=1) - probability).max() < 0.032
    # Which view it is tells nothing about the next image's.
    if each < views:
        same = np.corrcoef(masked[0, :-1], masked[0, 1:])[0, 1]
        assert abs(same) < 4 / np.sqrt(images)


def test_the_independent_gate_leaves_the_share_to_chance():
    layer = RandomMasking(mask_ratio=0.5)
    assert layer.masked_views(2) == 2
    masked = counts(layer, attention(8000, 4), sample_key=keys(8000)) > 0
    assert set(masked.reshape(2, -1).sum(axis=0)) == {0, 1, 2}


def test_a_stratified_gate_cannot_mask_a_part_of_a_view():
    layer = RandomMasking(masking_probability=0.3, gate="stratified")
    with pytest.raises(ValueError, match="`masking_probability` .*1/2.*0.3"):
        layer(attention(4, 4), sample_key=keys(4))


def drawn_counts(layer, steps=60, rows=3):
    values = attention(rows)
    return np.array(
        [
            counts(layer, values, sample_key=keys(rows, step), step_key=step)
            for step in ops.convert_to_numpy(keys(steps, seed=9))
        ]
    )


def test_one_ratio_a_step():
    layer = RandomMasking(mask_ratio=(0.1, 0.5), masking_probability=1.0)
    found = drawn_counts(layer)
    assert (found == found[:, :1]).all()
    assert 19 <= found.min() and found.max() <= 97
    # Uniform on 19.6 .. 98, floored: mean 58.3, deviation 22.6 a draw.
    assert abs(found[:, 0].mean() - 58.3) < 4 * 22.6 / np.sqrt(60)
    assert found[:, 0].std() > 15


def test_one_ratio_an_image():
    layer = RandomMasking(
        mask_ratio=(0.1, 0.5), masking_probability=1.0, per_image=True
    )
    call = {"sample_key": keys(2000), "step_key": 1}
    found = counts(layer, attention(2000), **call)
    assert 19 <= found.min() and found.max() <= 97
    assert abs(found.mean() - 58.3) < 4 * 22.6 / np.sqrt(2000)
    assert np.abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.1
    other = counts(layer, attention(2000), sample_key=keys(2000), step_key=2)
    assert (found == other).all()


def test_masks_are_a_function_of_the_keys():
    layer = AttentionGuidedMasking("hint")
    values = attention(64)
    call = {"sample_key": keys(64), "step_key": 5}
    whole = ops.convert_to_numpy(layer(values, **call))
    half = layer(values[32:], sample_key=keys(64)[32:], step_key=5)
    np.testing.assert_array_equal(ops.convert_to_numpy(half), whole[32:])
    other = layer(values, sample_key=keys(64, seed=1), step_key=5)
    assert (ops.convert_to_numpy(other) != whole).any()


def test_generator_serves_without_keys():
    values = attention(50)
    first, twin = (RandomMasking(seed=3) for _ in range(2))
    masks = [ops.convert_to_numpy(first(values)) for _ in range(2)]
    assert (masks[0] != masks[1]).any()
    np.testing.assert_array_equal(ops.convert_to_numpy(twin(values)), masks[0])


@pytest.mark.parametrize("compute", ["bfloat16", "float16"])
def test_attention_is_ranked_in_float32(compute):
    # All of these are 0.5 in half precision, where the lowest index wins.
    values = 0.5 + np.arange(8, dtype="float32")[None] * 1e-6
    layer = AttentionGuidedMasking(
        mask_ratio=0.25, masking_probability=1.0, dtype=f"mixed_{compute}"
    )
    mask = ops.convert_to_numpy(layer(values))[0]
    assert np.flatnonzero(mask).tolist() == [6, 7]


@pytest.mark.parametrize(
    "strategy", [AttentionGuidedMasking, RandomMasking, BlockMasking]
)
def test_masks_carry_no_gradient(strategy):
    layer = strategy(mask_ratio=0.5, masking_probability=1.0)

    def loss(values):
        hidden = ops.cast(layer(values), "float32")
        return ops.sum(hidden) + ops.sum(values)

    assert (gradient(loss, attention(2, 9)) == 1.0).all()


@pytest.mark.parametrize(
    "arguments, name",
    [
        ({"mask_ratio": 1.5}, "mask_ratio"),
        ({"mask_ratio": -0.1}, "mask_ratio"),
        ({"mask_ratio": (0.5, 0.1)}, "mask_ratio"),
        ({"mask_ratio": (0.1, 0.2, 0.3)}, "mask_ratio"),
        ({"mask_ratio": float("nan")}, "mask_ratio"),
        ({"masking_probability": 1.1}, "masking_probability"),
        ({"masking_probability": -0.1}, "masking_probability"),
        ({"gate": "strict"}, "gate"),
    ],
)
def test_mistakes_are_named(arguments, name):
    with pytest.raises(ValueError, match=f"`{name}` .* got "):
        RandomMasking(**arguments)


def test_base_class_leaves_the_choice_open():
    with pytest.raises(NotImplementedError):
        MaskingStrategy()(attention(2, 4))
