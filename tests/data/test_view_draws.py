"""20,000 draws against the law that METHOD's recipe states."""

import itertools
import math

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_attmask import counter_random
from keras_attmask.data.view_draws import draw_colours
from keras_attmask.data.view_draws import draw_geometry
from keras_attmask.data.view_draws import view_keys
from keras_attmask.one_program import as_one
from keras_attmask.view_law import ViewLaw

COUNT = 20_000
LAW = ViewLaw(local_crops=1)  # two global views, then a local one
# One false alarm in a million: the draws are fixed, so it never comes back.
ALARM = 1e-6


def colours_of(law, keys, first, count):
    def draw(keys):
        return draw_colours(law, keys, first, count)

    drawn = as_one(draw, keys)
    return {n: ops.convert_to_numpy(value) for n, value in drawn.items()}


def geometry_of(law, keys, height, width, scale):
    def draw(keys):
        return draw_geometry(law, keys, height, width, scale)

    return [ops.convert_to_numpy(part) for part in as_one(draw, keys)]


@pytest.fixture(scope="module")
def keys():
    """Keys of 20,000 images, three views each: `(3, COUNT)`."""
    key = counter_random.fold_in(11, np.arange(COUNT), np)
    return ops.convert_to_numpy(view_keys(key, 0, 3)).reshape(3, COUNT)


@pytest.fixture(scope="module")
def colours(keys):
    drawn = colours_of(LAW, keys.reshape(-1), 0, 3)
    return {name: v.reshape(3, COUNT, -1) for name, v in drawn.items()}


@pytest.fixture(scope="module")
def geometry(keys):
    return geometry_of(LAW, keys[0], 375, 500, LAW.global_scale)


def assert_share(happened, probability):
    found = stats.binomtest(int(happened.sum()), happened.size, probability)
    assert found.pvalue > ALARM


def assert_uniform(values, low, high):
    found = stats.kstest(values, stats.uniform(low, high - low).cdf)
    assert found.pvalue > ALARM


def assert_independent(one, other):
    r = np.corrcoef(one.astype(float), other.astype(float))[0, 1]
    assert abs(r) < 5.0 / math.sqrt(len(one))


def torchvision_crops(height, width, scale, ratio=(3 / 4, 4 / 3)):
    """`RandomResizedCrop.get_params`, written from its documentation."""
    random = np.random.default_rng(5)
    found = []
    for _ in range(COUNT):
        for _ in range(10):
            area = height * width * random.uniform(*scale)
            aspect = math.exp(random.uniform(*np.log(ratio)))
            w = round(math.sqrt(area * aspect))
            h = round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                top = random.integers(0, height - h + 1)
                left = random.integers(0, width - w + 1)
                found.append((top, left, h, w))
                break
        else:
            w = min(width, round(height * ratio[1]))
            found.append((0, (width - w) // 2, height, w))
    return np.array(found)


def test_crops_follow_random_resized_crop(geometry):
    boxes = geometry[0]
    theirs = torchvision_crops(375, 500, LAW.global_scale)
    assert (boxes == np.round(boxes)).all() and (boxes[:, :2] >= 0).all()
    assert (boxes[:, 0] + boxes[:, 2] <= 375).all()
    assert (boxes[:, 1] + boxes[:, 3] <= 500).all()
    for ours, reference in (
        *zip(boxes.T, theirs.T),
        (boxes[:, 2] * boxes[:, 3], theirs[:, 2] * theirs[:, 3]),
        (boxes[:, 3] / boxes[:, 2], theirs[:, 3] / theirs[:, 2]),
    ):
        assert stats.ks_2samp(ours, reference).pvalue > ALARM


def test_local_crops_have_their_own_area(keys):
    boxes, _ = geometry_of(LAW, keys[2], 1000, 1000, LAW.local_scale)
    area = boxes[:, 2] * boxes[:, 3] / 1e6
    assert_uniform(area, *LAW.local_scale)  # always fits in a square
    aspect = np.log(boxes[:, 3] / boxes[:, 2])
    assert_uniform(aspect, math.log(3 / 4), math.log(4 / 3))


def test_flips(geometry):
    assert_share(geometry[1], 0.5)
    assert_independent(geometry[1], geometry[0][:, 1])


def test_jitter_happens_and_stays_in_its_range(colours):
    for view in range(3):
        factors = colours["jitter_factors"][view]
        happened = (factors != [1.0, 1.0, 1.0, 0.0]).any(axis=-1)
        assert_share(happened, LAW.jitter_probability)
        for column, strength in enumerate(LAW.jitter):
            centre = 0.0 if column == 3 else 1.0
            assert_uniform(
                factors[happened, column], centre - strength, centre + strength
            )
        for one, other in itertools.combinations(factors[happened].T, 2):
            assert_independent(one, other)


def test_every_order_of_the_jitter_is_as_likely(colours):
    orders = colours["jitter_order"].reshape(-1, 4)
    found, counts = np.unique(orders, axis=0, return_counts=True)
    assert {tuple(row) for row in found} == set(
        itertools.permutations(range(4))
    )
    assert stats.chisquare(counts).pvalue > ALARM


def test_grey(colours):
    for view in range(3):
        assert_share(colours["grey"][view], LAW.grey_probability)


def test_blur_has_a_probability_for_each_kind_of_view(colours):
    for view, probability in enumerate(LAW.blur_probability):
        sigma = colours["sigma"][view, :, 0]
        assert_share(sigma > 0, probability)
        assert_uniform(sigma[sigma > 0], *LAW.blur_sigma)


def test_only_the_second_view_is_solarised(colours):
    for view, probability in enumerate(LAW.solarize_probability):
        happened = colours["solarize"][view]
        if probability:
            assert_share(happened, probability)
        else:
            assert not happened.any()


def test_images_and_views_are_independent(colours, geometry):
    sigma = colours["sigma"][0, :, 0]
    left = geometry[0][:, 1]
    for values in (sigma, left, colours["grey"][0, :, 0]):
        for lag in (1, 2, 64):  # neighbours in a batch
            assert_independent(values[:-lag], values[lag:])
    for name in ("jitter_factors", "grey"):
        for one, other in itertools.combinations(range(3), 2):
            assert_independent(
                colours[name][one, :, 0], colours[name][other, :, 0]
            )
    # What one image draws for different ends.
    parts = [sigma, left, *(colours[n][0, :, 0] for n in ("grey", "solarize"))]
    parts.append(colours["jitter_factors"][0, :, 0])
    varied = [part for part in parts if np.std(part) > 0]
    assert len(varied) == 4  # the first view is never solarised
    for one, other in itertools.combinations(varied, 2):
        assert_independent(one, other)


@pytest.mark.parametrize(
    "changes, absent",
    [
        ({"jitter_probability": 0.0}, "jitter_factors"),
        ({"jitter": (0.0,) * 4}, "jitter_factors"),
        ({"grey_probability": 0.0}, "grey"),
        ({"blur_probability": (0.0,) * 3}, "sigma"),
        ({"solarize_probability": (0.0,) * 3}, "solarize"),
    ],
)
def test_what_cannot_happen_costs_nothing(keys, changes, absent):
    law = ViewLaw(local_crops=1, **changes)
    drawn = colours_of(law, keys[:, :4].reshape(-1), 0, 3)
    all_drawn = colours_of(LAW, keys[:, :4].reshape(-1), 0, 3)
    assert absent not in drawn and absent in all_drawn


def test_views_have_the_numbers_of_their_place(keys):
    """Global and local views are drawn apart, and yet as if together."""
    key = counter_random.fold_in(11, np.arange(COUNT), np)
    alone = ops.convert_to_numpy(view_keys(key, 2, 1))
    np.testing.assert_array_equal(alone, keys[2])
    together = colours_of(LAW, keys.reshape(-1), 0, 3)
    apart = colours_of(LAW, keys[2], 2, 1)
    for name in apart:
        np.testing.assert_array_equal(apart[name], together[name][2 * COUNT :])
