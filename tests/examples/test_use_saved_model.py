import os
import pathlib
import subprocess
import sys

import keras
import pytest

from keras_attmask.data import Preprocessing
from keras_attmask.export import export_saved_model
from keras_attmask.models import VisionTransformer

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/use_saved_model.py"


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="the example is plain TensorFlow, once is enough",
)
def test_the_example_prints_the_shapes_of_features(tmp_path):
    backbone = VisionTransformer((16, 12, 1), 4, 1, 1, 8)
    preprocessing = Preprocessing((16, 12, 1), (0.5,), (0.25,))
    export_saved_model(backbone, preprocessing, tmp_path / "saved_model")
    child = subprocess.run(
        [sys.executable, EXAMPLE, tmp_path / "saved_model"],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert child.returncode == 0, child.stderr
    assert sorted(child.stdout.splitlines()) == [
        "class_attention (2, 4, 3)",
        "class_token (2, 8)",
        "patch_tokens (2, 12, 8)",
    ]
