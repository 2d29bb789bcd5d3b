import json
import subprocess
import sys

import numpy as np
import pytest

from keras_attmask.__main__ import main
from keras_attmask.commands import checkpoint_input
from keras_attmask.convert import load_checkpoint
from keras_attmask.convert import save_checkpoint
from keras_attmask.convert.dialects import DIALECTS
from keras_attmask.models import VisionTransformer


@pytest.fixture
def source(tmp_path):
    """A timm file of a network with two heads, which it does not record."""
    backbone = VisionTransformer((16, 16, 3), 8, 1, 2, 8, use_mask_token=True)
    path = tmp_path / "source.safetensors"
    save_checkpoint(backbone, path)
    return path


def convert(capsys, *arguments):
    status = main(["convert", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def refused(capsys, *arguments):
    """The one line of a mistake."""
    status, out, err = convert(capsys, *arguments)
    assert (status, out) == (2, "") and err.count("\n") == 1
    return err


def test_the_table_names_every_tensor(capsys, source, tmp_path):
    status, out, _ = convert(capsys, source, tmp_path / "vit", "--num-heads=2")
    assert status == 0
    for word in (
        "blocks.0.attn.qkv.weight",
        "backbone/block_0/attention/qkv/kernel",
        "24 x 8",
        "encoder.layer.0.attention.attention.key.weight",
        "note: 2 attention heads, as given",
        "(timm) -> ",
    ):
        assert word in out
    assert load_checkpoint(tmp_path / "vit").backbone.num_heads == 2


def test_json(capsys, source, tmp_path):
    target = tmp_path / "vit"
    arguments = (source, target, "--to=hf_vit", "--num_heads=2", "--json")
    status, out, _ = convert(capsys, *arguments)
    result = json.loads(out)
    assert status == 0 and (result["from"], result["to"]) == ("timm", "hf_vit")
    read = [n for row in result["read"]["mapped"] for n in row["tensors"]]
    assert "patch_embed.proj.weight" in read and len(read) == 18
    assert result["num_heads"] == 2 and result["read"]["left"] == []


def test_a_run_goes_out_whole(capsys, tiny_run, tmp_path):
    pytest.importorskip("torch")
    path = tmp_path / "x.pth"
    status, out, _ = convert(capsys, tiny_run, path, "--to=official")
    assert status == 0 and "module.backbone.masked_embed" in out
    found = load_checkpoint(path, "both", num_heads=2)
    assert set(found.networks) == {"student", "teacher"}
    assert found.head.num_prototypes == 16
    assert np.abs(found.centers["cls"]).max() > 0


def test_a_run_and_its_keras_file(capsys, tiny_run, tmp_path):
    status, out, _ = convert(capsys, tiny_run, tmp_path / "vit.keras")
    assert status == 0 and "a .keras file holds the backbone alone" in out
    target = tmp_path / "vit.safetensors"
    assert convert(capsys, tmp_path / "vit.keras", target)[0] == 0
    assert load_checkpoint(target, num_heads=2).backbone.num_layers == 1


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "arguments: expected SOURCE TARGET"),
        (["nothere.pth", "x.pth"], "nothere.pth: expected a readable file"),
        (["SOURCE", "x.h5", "--num-heads=2"], "ends in .pth, .pt or"),
        (["SOURCE", "x", "--to=caffe"], "--to: expected one of official"),
        (["SOURCE", "x", "--from=caffe"], "--from: expected one of official"),
        (["SOURCE", "x", "--which=third"], "--which: expected one of teacher"),
        (["SOURCE", "x", "--which=both"], "--which: expected teacher or"),
        (["SOURCE", "x"], "expected --num-heads"),
        (["SOURCE", "x", "--num-heads=3"], "divisor of the width 8, got 3"),
        (["SOURCE", "x", "--num-heads=0"], "--num_heads"),
        (["SOURCE", "x", "--image-size=16"], "--image_size: expected HEIGHTx"),
        (
            ["SOURCE", "x", "--to=official", "--num-heads=2"],
            "official: expected a network with its projection head",
        ),
    ],
)
def test_mistakes_are_one_line(
    capsys, source, tmp_path, monkeypatch, arguments, words
):
    monkeypatch.chdir(tmp_path)
    arguments = [source if a == "SOURCE" else a for a in arguments]
    assert words in refused(capsys, *arguments)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


def test_a_truncated_file_leaves_nothing(capsys, source, tmp_path):
    source.write_bytes(source.read_bytes()[:-10])
    assert "truncated" in refused(capsys, source, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_formats_are_those_of_the_library():
    assert set(checkpoint_input.FORMATS) == set(DIALECTS)


@pytest.mark.parametrize("command", ["convert", "verify"])
def test_help_loads_no_framework(command):
    words = ("-X", "importtime", "-m", "keras_attmask", command, "--help")
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True
    )
    assert done.returncode == 0 and "--num_heads" in done.stdout
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert "absl.flags" in loaded and "keras" not in loaded
