import pathlib

import pytest
from elsewhere import PLAIN
from elsewhere import REGISTERS
from elsewhere import check_example
from elsewhere import make_backbone
from once import once

from keras_attmask.convert import save_checkpoint

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples/use_in_timm.py"


@once("the copy is PyTorch's")
@pytest.mark.parametrize("settings, tokens", [(PLAIN, 17), (REGISTERS, 14)])
def test_timm_says_the_same(settings, tokens, tmp_path, monkeypatch):
    try:
        import timm  # noqa: F401
    except (ImportError, RuntimeError) as error:  # a torchvision that is not
        pytest.skip(f"no timm: {error}")  # the one of this PyTorch
    path, shape = tmp_path / "vit.safetensors", f"tokens (2, {tokens}, 24)"
    save_checkpoint(make_backbone(settings), path)
    check_example(monkeypatch, EXAMPLE, path, 3, shape=shape)
