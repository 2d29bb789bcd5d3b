import pathlib
import re

import keras
import pytest
from small_run import make_run
from small_run import printed

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/detect.py"

pytest.importorskip("keras_cv", reason="needs keras_attmask[dense]")
pytest.importorskip("pycocotools", reason="needs keras_attmask[dense]")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="KerasCV wants torchvision on PyTorch, and minutes on JAX",
)
def test_the_detector_trains_and_is_measured(tmp_path):
    make_run(tmp_path)
    lines = printed(EXAMPLE, tmp_path, 40, 2, 42)
    losses = [re.search(r" loss: ([\d.]+)", line) for line in lines]
    first, second = (float(found[1]) for found in losses if found)
    assert second < first
    pattern = r"(.*): AP ([\d.]+) %, AP50 ([\d.]+) %, AP75 ([\d.]+) %"
    found = [re.fullmatch(pattern, line) for line in lines]
    before, after = (match.groups() for match in found if match)
    assert before == ("before training", "0.0", "0.0", "0.0")
    assert after[0] == "after training" and float(after[1]) <= 100
