import pytest

from keras_attmask.convert.num_heads import find_num_heads
from keras_attmask.errors import InputError


@pytest.mark.parametrize(
    "width, told, heads",
    [
        (384, {}, 6),  # heads of 64 channels
        (48, {}, None),
        (48, {"file": "dino_tiny.pth"}, 3),
        (384, {"file": "my_base.pth"}, 6),
        (48, {"file": "tiny_to_small.pth"}, None),
        (384, {"arch": "vit_base"}, 12),
        (384, {"arch": "resnet"}, 6),
        (384, {"arch": "vit_base", "config": 8}, 8),
        (384, {"arch": "vit_base", "config": 8, "given": 2}, 2),
    ],
)
def test_who_is_asked_first(width, told, heads):
    assert find_num_heads(width, **told)[0] == heads


@pytest.mark.parametrize("given", [5, 0, -3, "3"])
def test_what_cannot_be(given):
    with pytest.raises(InputError, match="divisor of the width 48"):
        find_num_heads(48, given)
