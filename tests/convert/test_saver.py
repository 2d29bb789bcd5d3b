import importlib.util
import json
import pathlib

import keras
import numpy as np
import pytest

from keras_attmask.atomic import whole
from keras_attmask.convert import Checkpoint
from keras_attmask.convert import Network
from keras_attmask.convert import load_checkpoint
from keras_attmask.convert import save_checkpoint
from keras_attmask.convert.torch_file import read_torch_file
from keras_attmask.errors import InputError

ANY_SIZE = {"interpolate_pos_encoding": True}  # ViTModel has to be asked
PLAIN = {}
MASKED = {"use_mask_token": True}
GAINS = {"layer_scale": 0.5}
REGISTERS = {"layer_scale": 0.5, "num_registers": 3, "use_mask_token": True}


@pytest.mark.parametrize(
    "form, name, settings",
    [
        ("timm", "x.safetensors", PLAIN),
        ("timm", "x.safetensors", {"layer_scale": 0.5, "num_registers": 3}),
        ("timm", "x.pth", GAINS),
        ("backbone", "x.pth", PLAIN),
        ("backbone", "x.pth", MASKED),
        ("backbone", "x.pth", GAINS),
        ("dino", "x.pth", PLAIN),
        ("dino", "x.safetensors", PLAIN),
        ("dinov2", "x.pth", REGISTERS),
        ("hf_vit", "x", PLAIN),
        ("hf_dinov2", "x", GAINS),
        ("hf_dinov2", "x", {**GAINS, **MASKED}),
        ("hf_dinov2", "x", REGISTERS),
    ],
)
def test_there_and_back_to_the_bit(
    form, name, settings, make_backbone, same_weights, tmp_path
):
    if name.endswith(".pth"):
        pytest.importorskip("torch")
    backbone = make_backbone(norm_epsilon=3e-6, **settings)
    report = save_checkpoint(backbone, tmp_path / name, form)
    paths = [row.variable for row in report.mapped if "(" not in row.variable]
    assert len(paths) == len(backbone.variables) and not report.left
    found = load_checkpoint(tmp_path / name, num_heads=2, format=form)
    same_weights(found.backbone, backbone)
    keys = ("layer_scale", "num_registers", "use_mask_token")
    for key in keys:
        same = bool(getattr(found.backbone, key))
        assert same == bool(getattr(backbone, key))
    if form.startswith("hf_"):
        assert found.backbone.norm_epsilon == 3e-6


@pytest.mark.parametrize("shared", [True, False])
def test_a_full_checkpoint(shared, full, same_weights, tmp_path):
    pytest.importorskip("torch")
    checkpoint, path = full(shared), tmp_path / "x.pth"
    save_checkpoint(checkpoint, path, "official")
    found = load_checkpoint(path, "both", num_heads=2)
    assert found.epoch == 5 and found.format == "official"
    for name, network in checkpoint.networks.items():
        same_weights(found.networks[name].backbone, network.backbone)
        same_weights(found.networks[name].head, network.head)
        assert found.networks[name].head.shared == shared
    for name, center in checkpoint.centers.items():
        np.testing.assert_array_equal(found.centers[name], center)


def test_names_of_a_full_checkpoint(full, tmp_path):
    pytest.importorskip("torch")
    save_checkpoint(full(), tmp_path / "x.pth", "official")
    saved = read_torch_file(tmp_path / "x.pth")
    assert {n.split(".")[0] for n in saved["student"]} == {"module"}
    assert {n.split(".")[0] for n in saved["teacher"]} == {"backbone", "head"}
    only = {n.removeprefix("module.") for n in saved["student"]}
    assert only - set(saved["teacher"]) == {"backbone.masked_embed"}
    one, two = (
        saved["teacher"][f"head.{n}.weight_v"]
        for n in ("last_layer", "last_layer2")
    )
    assert one.storage is not two.storage or one.storage.length == 45
    np.testing.assert_array_equal(one.array(), two.array())
    assert saved["ibot_loss"]["center2"].shape == (1, 1, 9)


def test_one_network_becomes_student_and_teacher(
    make_backbone, make_head, tmp_path
):
    pytest.importorskip("torch")
    network = Network(make_backbone(), make_head())
    checkpoint = Checkpoint("keras", {"teacher": network})
    save_checkpoint(checkpoint, tmp_path / "x.pth", "official")
    saved = read_torch_file(tmp_path / "x.pth")
    token = saved["student"]["module.backbone.masked_embed"].array()
    assert token.shape == (1, 12) and not token.any()


@pytest.mark.parametrize(
    "form, settings, words",
    [
        ("official", PLAIN, "expected a network with its projection head"),
        ("hf_vit", GAINS, "without LayerScale"),
        ("dino", REGISTERS, "without registers"),
        ("backbone", REGISTERS, "without registers"),
        ("hf_dinov2", {"image_shape": (32, 48, 3)}, "expected a square grid"),
        ("hf_dinov2", {"mlp_dim": 20}, "multiple of the width 12, got 20"),
        ("caffe", PLAIN, "expected one of official"),
    ],
)
def test_what_a_format_cannot_hold(
    form, settings, words, make_backbone, tmp_path
):
    pytest.importorskip("torch")
    with pytest.raises(InputError, match=words):
        save_checkpoint(make_backbone(**settings), tmp_path / "x", form)
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_is_said(full, tmp_path):
    checkpoint = full()
    checkpoint.networks.pop("teacher")
    report = save_checkpoint(checkpoint, tmp_path / "x.safetensors")
    names = [row.name for row in report.left]
    assert names == ["backbone/mask_token/token", "head", "centers"]
    assert any("resizes positions" in note for note in report.notes)
    assert any("2 attention heads" in note for note in report.notes)


def test_the_name_tells_the_format(make_backbone, tmp_path):
    save_checkpoint(make_backbone(), tmp_path / "a")
    save_checkpoint(make_backbone(**GAINS), tmp_path / "b")
    kinds = [
        json.loads((tmp_path / name / "config.json").read_text())["model_type"]
        for name in "ab"
    ]
    assert kinds == ["vit", "dinov2"]
    with pytest.raises(InputError, match="got .h5"):
        save_checkpoint(make_backbone(), tmp_path / "x.h5")


@pytest.mark.parametrize("shape", [(32, 32, 3), (16, 40, 3)])
@pytest.mark.parametrize("settings", [PLAIN, GAINS, REGISTERS])
def test_transformers_takes_the_folder(
    settings, shape, make_backbone, tmp_path
):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    rule = "antialias" if "num_registers" in settings else "size"
    backbone = make_backbone(**settings, position_rule=rule)
    report = save_checkpoint(backbone, tmp_path / "x")
    assert not any("resizes positions" in note for note in report.notes)
    model, loading = transformers.AutoModel.from_pretrained(
        tmp_path / "x", output_loading_info=True
    )
    assert not any(loading.values())
    images = np.random.default_rng(0).normal(size=(2, *shape))
    pixels = torch.from_numpy(images.astype("float32").transpose(0, 3, 1, 2))
    with torch.no_grad():
        asked = {} if "layer_scale" in settings else ANY_SIZE
        answer = model.eval()(pixels.contiguous(), **asked)
        tokens = answer.last_hidden_state.numpy()
    patches = keras.ops.convert_to_numpy(
        backbone(images.astype("float32"))["patch_tokens"]
    )
    np.testing.assert_allclose(
        patches, tokens[:, -patches.shape[1] :], rtol=0, atol=1e-4
    )


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), whole(tmp_path / "x") as file:
        file.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_and_a_folder_is_not(make_backbone, tmp_path):
    target = tmp_path / "x.safetensors"
    target.write_text("old")
    save_checkpoint(make_backbone(), target)
    assert load_checkpoint(target, num_heads=2).backbone.num_layers == 2
    save_checkpoint(make_backbone(), tmp_path / "folder")
    with pytest.raises(InputError, match="expected a new or empty folder"):
        save_checkpoint(make_backbone(), tmp_path / "folder")
    words = "expected a file name, got a folder"
    if importlib.util.find_spec("torch") is None:
        words = "expected PyTorch to write it"
    with pytest.raises(InputError, match=words):
        save_checkpoint(make_backbone(), tmp_path, "timm")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "folder",
        "x.safetensors",
    ]


def test_others_may_read_what_is_written(make_backbone, tmp_path):
    (tmp_path / "plain").write_text("")
    save_checkpoint(make_backbone(), tmp_path / "x.safetensors")
    save_checkpoint(make_backbone(), tmp_path / "x")
    expected = (tmp_path / "plain").stat().st_mode
    for name in ("x.safetensors", "x/config.json", "x/model.safetensors"):
        assert (tmp_path / name).stat().st_mode == expected


def test_a_place_that_cannot_be_written(make_backbone, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder that can be"):
        save_checkpoint(make_backbone(), tmp_path / "file" / "x.safetensors")
    assert pathlib.Path(tmp_path / "file").read_text() == ""
