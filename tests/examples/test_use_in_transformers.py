import pathlib

import pytest
from elsewhere import PLAIN
from elsewhere import REGISTERS
from elsewhere import check_example
from elsewhere import make_backbone
from once import once

from keras_attmask.convert import save_checkpoint

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/use_in_transformers.py"


@once("the copy is PyTorch's")
@pytest.mark.parametrize(
    "settings, name, tokens",
    [
        (PLAIN, "ViTModel", 17),
        (REGISTERS, "Dinov2WithRegistersModel", 14),
    ],
)
def test_transformers_says_the_same(
    settings, name, tokens, tmp_path, monkeypatch
):
    pytest.importorskip("transformers")
    path, shape = tmp_path / "vit", f"{name} tokens (2, {tokens}, 24)"
    save_checkpoint(make_backbone(settings), path)
    check_example(monkeypatch, EXAMPLE, path, shape=shape)
