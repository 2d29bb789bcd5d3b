import json

import numpy as np
import pytest
from keras import ops

from keras_attmask.__main__ import main
from keras_attmask.convert import save_checkpoint
from keras_attmask.models import VisionTransformer


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A checkpoint and a record of its outputs."""
    folder = tmp_path_factory.mktemp("verify")
    backbone = VisionTransformer((16, 16, 3), 8, 1, 2, 8)
    save_checkpoint(backbone, folder / "x.safetensors")
    images = np.random.default_rng(0).normal(size=(2, 16, 16, 3))
    images = images.astype("float32")
    found = {k: ops.convert_to_numpy(v) for k, v in backbone(images).items()}
    tokens = [found["class_token"][:, None], found["patch_tokens"]]
    np.savez(
        folder / "expected.npz",
        **{
            "images_16": images,
            "16.tokens": np.concatenate(tokens, axis=1),
            "16.pre_logits": found["class_token"] + 1e-3,
            "16.logits": np.zeros((2, 3)),
            "config.num_heads": np.array(2),
        },
    )
    return folder / "x.safetensors", folder / "expected.npz"


def verify(capsys, *arguments):
    status = main(["verify", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_passed(capsys, files):
    checkpoint, expected = files
    status, out, _ = verify(
        capsys,
        f"--checkpoint={checkpoint}",
        f"--expected={expected}",
        "--tolerance=2e-3",
        "--json",
    )
    result = json.loads(out)
    assert status == 0 and result["passed"] and result["format"] == "timm"
    assert result["outputs"]["16.tokens"] < 1e-5
    assert result["max_difference"] == pytest.approx(1e-3, rel=0.01)
    assert list(result["skipped"]) == ["16.logits"]


def test_failed(capsys, files):
    checkpoint, expected = files
    status, out, _ = verify(
        capsys, f"--checkpoint={checkpoint}", f"--expected={expected}"
    )
    assert status == 1
    assert "16.pre_logits" in out and "1.00e-03  too large" in out
    assert "not compared" in out and out.rstrip().endswith("failed")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "flags: expected --checkpoint and --expected, or"),
        (["--checkpoint=C"], "flags: expected --checkpoint and --expected"),
        (["--checkpoint=C", "--trace=E"], "flags: expected"),
        (["--checkpoint=C", "--expected=C"], "--expected: expected a readable"),
        (["--checkpoint=E", "--expected=E"], "without data.pkl"),
        (["--init=C", "--trace=E"], "--trace: expected a recorded run"),
        (
            ["--checkpoint=C", "--expected=E", "--num-heads=4"],
            "config.num_heads: expected 4 as in the checkpoint, got 2",
        ),
        (["--checkpoint=C", "--expected=E", "word"], "no further words"),
    ],
)
def test_mistakes_are_one_line(capsys, files, arguments, words):
    checkpoint, expected = map(str, files)
    names = {"C": checkpoint, "E": expected}
    filled = [
        flag + "=" * bool(value) + names.get(value, value)
        for flag, _, value in (a.partition("=") for a in arguments)
    ]
    status, out, err = verify(capsys, *filled)
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert words in err
