import pathlib

import pytest
from alike import PREPARE
from alike import check_likeness
from alike import make_backbone
from alike import make_pictures
from once import once

from keras_attmask.export import export_litert

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/use_litert.py"


@once("the example has no backend", "jax")
def test_the_example_sees_what_the_backbone_sees(tmp_path):
    for name in ("tensorflow", "ai_edge_litert"):
        pytest.importorskip(name)
    backbone, file = make_backbone(), tmp_path / "vit.tflite"
    export_litert(backbone, PREPARE, file)
    check_likeness(EXAMPLE, file, backbone, make_pictures(tmp_path))
