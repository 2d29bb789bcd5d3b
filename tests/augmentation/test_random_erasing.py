"""Boxes against timm's law, noise against its moments."""

import math

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_attmask import counter_random
from keras_attmask.augmentation.random_erasing import draw_erasing
from keras_attmask.augmentation.random_erasing import erase
from keras_attmask.augmentation.random_erasing import noise
from keras_attmask.one_program import as_one

COUNT = 20_000
KEYS = counter_random.fold_in(7, np.arange(COUNT), np)
ALARM = 1e-6
HEIGHT, WIDTH = 60, 80


def boxes_of(keys, probability, height=HEIGHT, width=WIDTH):
    found = as_one(
        draw_erasing,
        ops.convert_to_tensor(keys),
        probability=probability,
        height=height,
        width=width,
    )
    return ops.convert_to_numpy(found)


def reference_boxes(height, width):
    """timm's `RandomErasing`, written from its documentation."""
    random = np.random.default_rng(3)
    found = []
    while len(found) < COUNT:
        area = random.uniform(0.02, 1 / 3) * height * width
        aspect = math.exp(random.uniform(math.log(0.3), -math.log(0.3)))
        rows = round(math.sqrt(area * aspect))
        columns = round(math.sqrt(area / aspect))
        if rows < height and columns < width:
            top = random.integers(0, height - rows + 1)
            left = random.integers(0, width - columns + 1)
            found.append((top, left, rows, columns))
    return np.array(found)


def test_boxes_follow_the_law():
    boxes = boxes_of(KEYS, 1.0)
    assert (boxes == np.round(boxes)).all() and (boxes[:, :2] >= 0).all()
    assert (boxes[:, 0] + boxes[:, 2] <= HEIGHT).all()
    assert (boxes[:, 1] + boxes[:, 3] <= WIDTH).all()
    assert (boxes[:, 2:] > 0).all()
    theirs = reference_boxes(HEIGHT, WIDTH)
    for ours, reference in (
        *zip(boxes.T, theirs.T),
        (boxes[:, 2] * boxes[:, 3], theirs[:, 2] * theirs[:, 3]),
        (boxes[:, 2] / boxes[:, 3], theirs[:, 2] / theirs[:, 3]),
    ):
        assert stats.ks_2samp(ours, reference).pvalue > ALARM


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_it_happens_as_often_as_asked(probability):
    happened = boxes_of(KEYS, probability).any(axis=-1)
    found = stats.binomtest(int(happened.sum()), COUNT, probability)
    assert found.pvalue > ALARM


def test_no_box_where_none_fits():
    boxes = boxes_of(KEYS[:2000], 1.0, 4, 300)
    none = ~boxes.any(axis=-1)
    assert 0 < none.sum() < 2000
    assert (boxes[~none, 2] < 4).all()


def test_noise_is_the_same_everywhere():
    """By NumPy's integers, to the bit but for one rounding."""
    keys = KEYS[:3]
    found = as_one(noise, ops.convert_to_tensor(keys), shape=(4, 5, 2))
    found = ops.convert_to_numpy(found)
    words = counter_random.fold_in(keys[:, None], np.arange(40), np)
    total = words.view("uint8").reshape(3, 40, 4).sum(-1).astype("int64")
    expected = (total - 510) / math.sqrt((256**2 - 1) / 3)
    np.testing.assert_allclose(found.reshape(3, 40), expected, rtol=1e-6)
    np.testing.assert_array_equal(
        np.round(found.reshape(3, 40) * math.sqrt((256**2 - 1) / 3)),
        total - 510,
    )


def test_noise_is_nearly_normal():
    found = as_one(noise, ops.convert_to_tensor(KEYS[:20]), shape=(50, 50, 3))
    found = ops.convert_to_numpy(found)
    values = found.reshape(-1).astype("float64")
    n = values.size
    assert abs(values.mean()) < 5 / math.sqrt(n)
    assert abs(values.var() - 1) < 5 * math.sqrt(1.7 / n)
    assert abs(stats.skew(values)) < 5 * math.sqrt(6 / n)
    assert -0.35 < stats.kurtosis(values) < -0.25  # four bytes: -0.3
    assert stats.kstest(values, "norm").statistic < 0.012
    for a, b in (
        (found[:, 1:], found[:, :-1]),
        (found[:, :, 1:], found[:, :, :-1]),
        (found[..., 1:], found[..., :-1]),
        (found[1:], found[:-1]),
    ):
        r = np.corrcoef(a.reshape(-1), b.reshape(-1))[0, 1]
        assert abs(r) < 5 / math.sqrt(a.size)


@pytest.mark.parametrize("channels", [1, 3])
def test_only_the_box_is_filled(channels):
    images = np.full((3, 6, 8, channels), 9.0, "float32")
    boxes = np.array([[0, 0, 0, 0], [1, 2, 3, 4], [0, 0, 6, 8]], "float32")
    tensors = map(ops.convert_to_tensor, (images, boxes, KEYS[:3]))
    found = ops.convert_to_numpy(as_one(erase, *tensors))
    filled = (found != 9.0).all(axis=-1)
    expected = np.zeros((3, 6, 8), bool)
    expected[1, 1:4, 2:6] = True
    expected[2] = True
    np.testing.assert_array_equal(filled, expected)
    np.testing.assert_array_equal((found != 9.0).any(axis=-1), expected)
    assert len(np.unique(found[2])) > 20 * channels  # noise of each pixel
