import os

import keras
import numpy as np
import pytest
from keras import ops

from keras_attmask.errors import InputError
from keras_attmask.export import export_keras
from keras_attmask.models import VisionTransformer


def test_a_file_gives_the_same_tokens(tmp_path):
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    target = tmp_path / "new" / "vit.keras"
    for _ in range(2):  # the second replaces the first
        export_keras(backbone, target)
    assert os.listdir(target.parent) == ["vit.keras"]
    images = np.random.default_rng(0).normal(size=(2, 8, 8, 1))
    found, expected = (
        ops.convert_to_numpy(model(images.astype("float32"))["class_token"])
        for model in (keras.models.load_model(target), backbone)
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["vit.h5", "file/vit.keras", "dir.keras"])
def test_a_target_that_cannot_be_is_named(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "dir.keras").mkdir()
    with pytest.raises(InputError, match=f"^`target`.*{name}"):
        export_keras(None, tmp_path / name)
