import pytest

from keras_attmask.convert.safe_pickle import Namespace
from keras_attmask.convert.sources import sort_saved_object
from keras_attmask.convert.tensor import Storage
from keras_attmask.convert.tensor import Tensor
from keras_attmask.errors import InputError

ONE = Tensor(Storage("f4", 1, lambda: bytes(4)), 0, (1,), (1,))
PLAIN = {"cls_token": ONE, "patch_embed.proj.weight": ONE}
LOOP = {}
LOOP["state_dict"] = LOOP


@pytest.mark.parametrize(
    "saved, form",
    [
        (PLAIN, "dino"),
        ({f"module.backbone.{n}": t for n, t in PLAIN.items()}, "dino"),
        ({"state_dict": PLAIN, "epoch": 3}, "backbone"),
        ({"model": PLAIN}, "backbone"),
        ({**PLAIN, "masked_embed": ONE}, "backbone"),
        ({**PLAIN, "head.weight": ONE}, "timm"),
        ({**PLAIN, "reg_token": ONE}, "timm"),
        ({**PLAIN, "blocks.0.ls1.gamma": ONE}, "timm"),
        ({**PLAIN, "blocks.0.ls1.gamma": ONE, "mask_token": ONE}, "dinov2"),
        ({"vit.embeddings.cls_token": ONE}, "hf_vit"),
        (
            {"embeddings.cls_token": ONE, "encoder.layer.0.norm1.bias": ONE},
            "hf_dinov2",
        ),
        ({"teacher": PLAIN}, "official"),
    ],
)
def test_formats_are_told_by_their_names(saved, form):
    assert sort_saved_object(saved, "dino").format == form


def test_a_full_checkpoint_is_sorted():
    arguments = Namespace()
    arguments.arch = "vit_tiny"
    source = sort_saved_object(
        {
            "student": {"module.backbone.cls_token": ONE, "module.head.x": ONE},
            "teacher": {"backbone.cls_token": ONE},
            "optimizer": {"state": {0: {"exp_avg": ONE}}},
            "epoch": 7,
            "args": arguments,
            "ibot_loss": {"center": ONE},
        },
        "dino",
    )
    assert list(source.networks["student"]) == ["cls_token", "head.x"]
    assert (source.epoch, source.arguments["arch"]) == (7, "vit_tiny")
    assert list(source.losses) == ["center"]
    assert [row.name for row in source.left] == ["optimizer"]


@pytest.mark.parametrize(
    "saved, words",
    [
        ([ONE], "expected a dict of tensors, got list"),
        ({}, "expected a dict of tensors, got dict"),
        ({"state_dict": {}}, "got an empty dict"),
        ({"teacher": 3}, "entry network: expected a dict"),
        (PLAIN | {"epoch": 3}, "entry epoch: expected a tensor, got int"),
        (PLAIN | {3: ONE}, "entry 3: expected a tensor"),
        ({"state_dict": PLAIN, "ema": [{"x": ONE}]}, "entry ema: expected no"),
        ({"conv1.weight": ONE}, "got conv1.weight"),
        (LOOP, "entry state_dict: expected a tensor"),
    ],
)
def test_other_objects(saved, words):
    with pytest.raises(InputError, match=words):
        sort_saved_object(saved, "dino")
