import numpy as np
import pytest
from keras import ops

from keras_attmask.applications import load_preprocessing
from keras_attmask.errors import InputError


def test_a_run_knows_how_its_images_are_prepared(make_run):
    folder, _ = make_run()
    images = np.full((1, 40, 30, 3), 255, "uint8")
    for path in (folder, folder / "backbone.weights.h5"):
        prepare = load_preprocessing(path)
        assert prepare.image_shape == (16, 16, 3)
        found = ops.convert_to_numpy(prepare(images))
        white = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
        expected = np.broadcast_to(white, found.shape)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_without_a_recipe_nobody_knows(tmp_path):
    with pytest.raises(InputError, match="^run: expected recipe.json beside"):
        load_preprocessing(tmp_path)
