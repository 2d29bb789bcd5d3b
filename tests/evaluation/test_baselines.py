import numpy as np

from keras_attmask.data.preprocessing import Preprocessing
from keras_attmask.data.source_types import ArraySource
from keras_attmask.evaluation import raw_pixel_features


def test_features_are_the_pixels_from_0_to_1():
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), "uint8")
    preprocessing = Preprocessing((4, 6, 3), (0.5,) * 3, (0.2,) * 3)
    features = raw_pixel_features(ArraySource(images), preprocessing, 2)
    assert features.dtype == np.float32
    np.testing.assert_allclose(
        features, images.reshape(5, -1) / 255, rtol=0, atol=1e-6
    )


def test_pixels_are_resized_as_for_the_backbone():
    images = np.full((3, 9, 12, 1), 51, "uint8")
    preprocessing = Preprocessing((4, 4, 1), (0.5,), (0.2,), 0.9)
    features = raw_pixel_features(ArraySource(images), preprocessing)
    np.testing.assert_allclose(features, np.full((3, 16), 0.2), atol=1e-6)
