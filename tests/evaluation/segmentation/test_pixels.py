import numpy as np
from keras import ops

from keras_attmask.evaluation.segmentation.pixels import Pixels
from keras_attmask.evaluation.segmentation.pixels import enlarging


def test_values_stand_in_the_middle_of_their_pixels():
    # Two patches of two pixels: centres at 0.5 and 2.5, a line between.
    expected = [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    np.testing.assert_allclose(enlarging(2, 4), expected)
    np.testing.assert_allclose(enlarging(5, 5), np.eye(5))
    np.testing.assert_allclose(enlarging(1, 3), np.ones((3, 1)))


def test_enlarges_as_keras_does():
    maps = np.random.default_rng(0).random((1, 3, 5, 2), "float32")
    expected = ops.image.resize(maps, (12, 35), interpolation="bilinear")
    found = np.einsum(
        "yr,brck,xc->byxk", enlarging(3, 12), maps, enlarging(5, 35)
    )
    np.testing.assert_allclose(
        found, ops.convert_to_numpy(expected), rtol=0, atol=1e-5
    )


def test_the_greatest_score_wins_and_of_equal_ones_the_first():
    random = np.random.default_rng(1)
    scores = random.normal(size=(6, 4)).astype("float32")
    pixels = Pixels((2, 3), (8, 12))
    maps = np.einsum(
        "yr,rck,xc->yxk",
        enlarging(2, 8),
        scores.reshape(2, 3, 4),
        enlarging(3, 12),
    )
    np.testing.assert_array_equal(pixels.classes(scores), maps.argmax(axis=-1))
    assert (pixels.classes(np.zeros((6, 4))) == 0).all()
