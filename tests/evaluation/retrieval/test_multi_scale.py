import math

import numpy as np
import pytest
from keras import ops
from PIL import Image
from sklearn.datasets import load_sample_images

from keras_attmask.data import Preprocessing
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation.retrieval.multi_scale import bilinear_matrix
from keras_attmask.evaluation.retrieval.multi_scale import multi_scale_features
from keras_attmask.evaluation.retrieval.thumbnails import Thumbnails
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import call_as_one

SCALES = (1.0, 2**-0.5, 0.5)


def test_a_half_is_the_mean_of_two():
    np.testing.assert_array_equal(
        bilinear_matrix(5, 0.5), [[0.5, 0.5, 0, 0, 0], [0, 0, 0.5, 0.5, 0]]
    )


def test_the_border_is_repeated():
    # Centres at -0.1 and 1.3 and so on: nothing lies left of the first pixel.
    found = bilinear_matrix(4, 1.25)
    np.testing.assert_allclose(
        found,
        [
            [1, 0, 0, 0],
            [0.3, 0.7, 0, 0],
            [0, 0.5, 0.5, 0],
            [0, 0, 0.7, 0.3],
            [0, 0, 0, 1],
        ],
        atol=1e-6,
    )


def slow_shrunk(image, scale):
    """Bilinear, pixel by pixel."""
    height, width = (math.floor(side * scale) for side in image.shape[:2])
    found = np.empty((height, width, 3))
    for row in range(height):
        for column in range(width):
            y = max((row + 0.5) / scale - 0.5, 0)
            x = max((column + 0.5) / scale - 0.5, 0)
            top, left = int(y), int(x)
            bottom = min(top + 1, image.shape[0] - 1)
            right = min(left + 1, image.shape[1] - 1)
            y, x = y - top, x - left
            found[row, column] = (
                image[top, left] * (1 - y) * (1 - x)
                + image[top, right] * (1 - y) * x
                + image[bottom, left] * y * (1 - x)
                + image[bottom, right] * y * x
            )
    return found


def slow_features(reader, image):
    """As the original goes about it, one photograph and scale at a time."""
    preprocessing, patch = reader.preprocessing, reader.backbone.patch_size
    image = (image / 255 - preprocessing.mean) / preprocessing.std
    total = 0
    for scale in SCALES:
        seen = image if scale == 1 else slow_shrunk(image, scale)
        height, width = (side // patch * patch for side in seen.shape[:2])
        batch = ops.convert_to_tensor(seen[None, :height, :width], "float32")
        token = call_as_one(reader.backbone, batch)["class_token"]
        total = total + ops.convert_to_numpy(token)[0]
    return total / np.linalg.norm(total)


def test_the_same_as_a_slow_implementation(tmp_path):
    photographs = []
    shapes = [(40, 32), (32, 40), (40, 32), (41, 39), (40, 32)]
    for number, (height, width) in enumerate(shapes):
        image = load_sample_images().images[number % 2]
        image = image[50 * number :, 90 * number :][:height, :width]
        path = tmp_path / f"{number}.png"
        Image.fromarray(image).save(path)
        photographs.append((str(path), None))
    backbone = VisionTransformer((16, 16, 3), 8, 1, 2, 16)
    reader = Reader(backbone, batch_size=10)  # two of 40 x 32
    source = Thumbnails(photographs, 512, 8, 16, "photographs")
    found = multi_scale_features(reader, source, SCALES)
    assert found.shape == (5, 16)
    for number in range(5):
        expected = slow_features(reader, source.read(number))
        np.testing.assert_allclose(found[number], expected, atol=2e-5)
    # They differ, or the comparison would say nothing.
    assert np.abs(found[0] - found[2]).max() > 1e-3


def test_one_channel_is_luma(tmp_path):
    path = tmp_path / "china.png"
    Image.fromarray(load_sample_images().images[0][:16, :24]).save(path)
    Image.open(path).convert("L").save(tmp_path / "grey.png")
    backbone = VisionTransformer((8, 8, 1), 4, 1, 2, 16)
    reader = Reader(backbone, Preprocessing((8, 8, 1), (0.5,), (0.5,)))
    both = [(str(path), None), (str(tmp_path / "grey.png"), None)]
    source = Thumbnails(both, 24, 4, 8, "photographs")
    found = multi_scale_features(reader, source, (1.0, 0.5))
    np.testing.assert_allclose(found[0], found[1], atol=5e-3)
    assert np.linalg.norm(found[0]) == pytest.approx(1)
