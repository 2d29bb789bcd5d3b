import numpy as np
import pytest
from scipy import ndimage

from keras_attmask.evaluation.video import boundary_measure
from keras_attmask.evaluation.video import region_similarity
from keras_attmask.evaluation.video import statistics
from keras_attmask.evaluation.video.metrics import boundary


def square(top, left, side, shape=(20, 30)):
    mask = np.zeros(shape, bool)
    mask[top : top + side, left : left + side] = True
    return mask


def blobs(seed, shape=(40, 50)):
    noise = np.random.default_rng(seed).normal(size=shape)
    return ndimage.gaussian_filter(noise, 3) > 0.02


def plain_boundary(mask):
    """The definition, pixel by pixel."""
    height, width = mask.shape
    found = np.zeros_like(mask)
    for y in range(height):
        for x in range(width):
            others = [
                mask[v, u]
                for v, u in ((y, x + 1), (y + 1, x), (y + 1, x + 1))
                if v < height and u < width
            ]
            found[y, x] = any(other != mask[y, x] for other in others)
    return found


def plain_measure(truth, found, radius):
    """F by dilation with a disk, as it was published."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = x * x + y * y <= radius * radius
    true, own = plain_boundary(truth), plain_boundary(found)
    near = [ndimage.binary_dilation(b, disk) for b in (true, own)]
    precision = (own & near[0]).sum() / own.sum()
    recall = (true & near[1]).sum() / true.sum()
    return 2 * precision * recall / (precision + recall)


def test_regions_by_hand():
    # Squares of 16 pixels that share 4 x 2.
    pair = square(3, 5, 4), square(3, 7, 4)
    assert region_similarity(*pair) == pytest.approx(8 / 24)
    nothing = np.zeros((20, 30), bool)
    assert region_similarity(nothing, nothing) == 1
    assert region_similarity(nothing, pair[0]) == 0


def test_the_boundary_lies_half_a_pixel_up_and_left():
    found = boundary(square(1, 1, 2, (5, 5)))
    expected = np.zeros((5, 5), int)
    expected[0, :3] = expected[:3, 0] = expected[2, :3] = expected[:3, 2] = 1
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("seed", range(3))
def test_boundaries_by_their_definition(seed):
    mask = blobs(seed)
    assert np.array_equal(boundary(mask), plain_boundary(mask))


def test_the_edge_of_the_picture_is_no_boundary():
    assert not boundary(np.ones((4, 6), bool)).any()


@pytest.mark.parametrize("radius", [1, 2, 5])
def test_boundary_measure_by_dilation(radius):
    truth, found = blobs(0), blobs(1)
    bound = (radius - 0.5) / np.hypot(*truth.shape)  # rounded up
    found_measure = boundary_measure(truth, found, bound)
    assert found_measure == pytest.approx(plain_measure(truth, found, radius))
    assert 0 < found_measure < 1 or radius == 5


def test_a_shift_within_the_bound_costs_nothing():
    # 0.008 of a diagonal of 500 is 4 pixels.
    shape = 300, 400
    truth = square(100, 100, 50, shape)
    measured = [
        boundary_measure(truth, square(100, 100 + by, 50, shape))
        for by in (0, 4, 5, 60)
    ]
    assert measured[:2] == [1, 1] and measured[2] < 1 and measured[3] == 0
    # Of an outline of 200 pixels the outer upright side is 5 away from the
    # other one, all of its 51; the inner is near to its level sides, at 5
    # pixels of each end.
    assert boundary(truth).sum() == 200
    assert measured[2] == pytest.approx(1 - (51 + 51 - 10) / 200)


def test_measures_of_nothing():
    nothing, something = np.zeros((20, 30), bool), square(3, 5, 4)
    assert boundary_measure(nothing, nothing) == 1
    assert boundary_measure(nothing, something) == 0
    assert boundary_measure(something, nothing) == 0


def test_statistics_by_hand():
    # Quarters of nine share their borders: frames 1 to 3 and 7 to 9.
    values = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    mean, recall, decay = statistics(values)
    assert mean == pytest.approx(0.5)
    assert recall == pytest.approx(4 / 9)  # 0.5 is not above
    assert decay == pytest.approx(0.8 - 0.2)


@pytest.mark.parametrize("count, decay", [(1, 0), (2, 0.5), (300, 0.75)])
def test_decay_of_short_and_long_films(count, decay):
    values = 1 - np.arange(count) / max(count, 1)
    assert statistics(values)[2] == pytest.approx(decay, abs=0.01)
