"""MixUp and CutMix, image by image, against their definition."""

import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_attmask import counter_random
from keras_attmask.augmentation.mixing import draw_mixing
from keras_attmask.augmentation.mixing import mix
from keras_attmask.augmentation_settings import AugmentationSettings
from keras_attmask.one_program import as_one

COUNT = 20_000
KEYS = counter_random.fold_in(9, np.arange(COUNT), np)
ALARM = 1e-6
HEIGHT, WIDTH = 40, 56


def draws(keys=KEYS, **settings):
    found = as_one(
        draw_mixing,
        ops.convert_to_tensor(keys),
        settings=AugmentationSettings(**settings),
        height=HEIGHT,
        width=WIDTH,
    )
    found = {name: ops.convert_to_numpy(v) for name, v in found.items()}
    share, boxes = found["share"], found["boxes"]
    assert (share >= 0).all() and (share <= 1).all()
    assert (boxes == np.round(boxes)).all() and (boxes >= 0).all()
    assert (boxes[:, 0] + boxes[:, 2] <= HEIGHT).all()
    assert (boxes[:, 1] + boxes[:, 3] <= WIDTH).all()
    return share, boxes, boxes[:, 2] * boxes[:, 3] > 0


def test_mixup_alone():
    share, boxes, _ = draws(mixup=0.8, cutmix=0.0)
    assert not boxes.any()
    assert stats.kstest(share, stats.beta(0.8, 0.8).cdf).pvalue > ALARM


def reference_boxes(alpha):
    """CutMix' boxes, written from the paper's algorithm."""
    random = np.random.default_rng(1)
    side = np.sqrt(1 - random.beta(alpha, alpha, COUNT))
    spans = []
    for size in (HEIGHT, WIDTH):
        centre = random.integers(0, size, COUNT)
        half = (side * size).astype(int) // 2
        low = np.clip(centre - half, 0, size)
        spans += [low, np.clip(centre + half, 0, size) - low]
    return np.stack(spans, -1)[:, [0, 2, 1, 3]]


def test_cutmix_alone():
    share, boxes, cut = draws(mixup=0.0, cutmix=1.0)
    area = boxes[:, 2] * boxes[:, 3] / (HEIGHT * WIDTH)
    np.testing.assert_allclose(share, 1 - area, atol=1e-6)
    theirs = reference_boxes(1.0)
    for ours, reference in zip(boxes[cut].T, theirs[theirs[:, 2:].all(-1)].T):
        assert stats.ks_2samp(ours, reference).pvalue > ALARM
    empty = [(~cut).sum(), (~theirs[:, 2:].all(-1)).sum()]
    assert stats.fisher_exact([empty, COUNT - np.array(empty)])[1] > ALARM


@pytest.mark.parametrize("switch", [0.0, 0.3, 1.0])
def test_both_share_the_images(switch):
    share, _, cut = draws(switch_probability=switch)
    has_pixels = draws(mixup=0.0)[2].mean()
    assert 0.97 < has_pixels < 1.0  # of all boxes
    cuts = stats.binomtest(int(cut.sum()), COUNT, switch * has_pixels)
    assert cuts.pvalue > ALARM
    blended = share[~cut & (share < 1)]
    if switch < 1:
        law = stats.beta(0.8, 0.8)
        assert stats.kstest(blended, law.cdf).pvalue > ALARM


@pytest.mark.parametrize("probability", [0.0, 0.4, 1.0])
def test_some_images_are_left_alone(probability):
    share, boxes, cut = draws(
        mixup=0.8, cutmix=0.0, mix_probability=probability
    )
    mixed = int((share < 1).sum())
    assert stats.binomtest(mixed, COUNT, probability).pvalue > ALARM
    share, boxes, cut = draws(mix_probability=probability)
    assert (share[cut] < 1).all()
    if probability == 0:
        assert (share == 1).all() and not boxes.any()


def test_images_are_drawn_apart():
    share, boxes, _ = draws()
    for values in (share, boxes[:, 2]):
        for lag in (1, 2, 64):
            r = np.corrcoef(values[:-lag], values[lag:])[0, 1]
            assert abs(r) < 5 / np.sqrt(COUNT)


def mixed(images, targets, share, boxes):
    tensors = [
        ops.convert_to_tensor(np.asarray(v, "float32"))
        for v in (images, targets, share, boxes)
    ]
    return [ops.convert_to_numpy(v) for v in as_one(mix, *tensors)]


@pytest.mark.parametrize("channels", [1, 3])
def test_mixing_by_hand(channels):
    images = np.arange(4.0).reshape(4, 1, 1, 1) * np.ones((4, 4, 5, channels))
    targets = np.eye(4)
    share = [1.0, 0.25, 1 - 6 / 20, 0.5]
    boxes = np.zeros((4, 4))
    boxes[2] = [1, 2, 2, 3]  # six of twenty pixels
    found, labels = mixed(images, targets, share, boxes)
    np.testing.assert_array_equal(found[0], 0.0)
    np.testing.assert_allclose(found[1], 0.25 * 1 + 0.75 * 0)
    expected = np.full((4, 5, channels), 2.0)
    expected[1:3, 2:5] = 1.0
    np.testing.assert_array_equal(found[2], expected)
    np.testing.assert_allclose(found[3], 0.5 * 3 + 0.5 * 2)
    expected = [[1, 0, 0, 0], [0.75, 0.25, 0, 0], [0, 0.3, 0.7, 0]]
    np.testing.assert_allclose(labels[:3], expected, atol=1e-6)
    np.testing.assert_allclose(labels[3], [0, 0, 0.5, 0.5], atol=1e-6)


def test_labels_say_what_is_seen():
    """An image of its own number: its mean is that of its label."""
    count = 200
    share, boxes, cut = draws(KEYS[:count])
    assert 50 < cut.sum() < 150
    numbers = np.arange(count, dtype="float32")
    images = numbers.reshape(-1, 1, 1, 1) * np.ones((1, HEIGHT, WIDTH, 1))
    found, labels = mixed(images, np.eye(count), share, boxes)
    np.testing.assert_allclose(labels.sum(-1), 1.0, atol=1e-6)
    np.testing.assert_allclose(
        found.mean(axis=(1, 2, 3)), labels @ numbers, rtol=1e-4, atol=1e-4
    )


def test_a_single_image_meets_itself():
    image = np.random.default_rng(0).random((1, 4, 4, 3))
    box = [[0, 0, 2, 2]]
    for share, boxes in ((0.3, np.zeros((1, 4))), (0.75, box)):
        found, labels = mixed(image, [[0.0, 1.0]], [share], boxes)
        np.testing.assert_allclose(found, image, rtol=1e-6)
        np.testing.assert_allclose(labels, [[0.0, 1.0]], rtol=1e-6)
