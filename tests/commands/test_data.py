import json

import numpy as np
import pytest
from PIL import Image

from keras_attmask.__main__ import main


def picture(path, height, width):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3))
    Image.fromarray(pixels.astype("uint8")).save(path)


@pytest.fixture
def photos(tmp_path):
    """Two sound photographs, and whatever else a folder may hold."""
    picture(tmp_path / "cats" / "tall.png", 40, 20)
    picture(tmp_path / "dogs" / "wide.jpg", 18, 64)
    return tmp_path


def spoil(folder):
    picture(folder / "cats" / "icon.png", 8, 90)
    whole = (folder / "dogs" / "wide.jpg").read_bytes()
    (folder / "dogs" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "dogs" / "empty.png").touch()
    (folder / "cats" / "text.png").write_text("dear diary")
    (folder / "cats" / "notes.md").write_text("dear diary")
    # A head that promises 400 million pixels.
    Image.new("1", (20_000, 20_000)).save(folder / "cats" / "bomb.png")


def test_sound_images(photos, capsys):
    assert main(["data", "check", str(photos)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "2 images in 2 classes",
        "sizes (height x width) from 18x20 to 40x64",
        "nothing is wrong",
    ]


def test_everything_wrong_is_named(photos, capsys):
    spoil(photos)
    assert main(["data", "check", str(photos)]) == 1
    text = capsys.readouterr().out
    assert "7 images in 2 classes" in text and "nothing" not in text
    assert "4 unreadable (57.14%):" in text
    for name in ("cut.jpg", "empty.png", "text.png", "bomb.png"):
        assert name in text
    assert "1 smaller than a patch" in text and "icon.png (8x90)" in text
    assert "1 other files" in text and "notes.md" in text


def test_json_is_the_last_line_and_whole(photos, capsys):
    spoil(photos)
    assert main(["data", "check", str(photos), "--json"]) == 1
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1
    assert "unreadable" in printed.err
    found = json.loads(printed.out)
    assert found["images"] == 7 and found["classes"] == 2
    assert found["smallest"] == [8, 20] and found["largest"] == [40, 90]
    assert found["small"] == [
        {"image": str(photos / "cats" / "icon.png"), "size": [8, 90]}
    ]
    names = {entry["image"] for entry in found["unreadable"]}
    assert names == {
        str(photos / name)
        for name in (
            "cats/bomb.png",
            "cats/text.png",
            "dogs/cut.jpg",
            "dogs/empty.png",
        )
    }
    assert all(entry["reason"] for entry in found["unreadable"])
    assert found["passed_over"] == [str(photos / "cats" / "notes.md")]


@pytest.mark.parametrize("patch_size, status", [(18, 0), (19, 1)])
def test_patch_size(photos, patch_size, status, capsys):
    words = ["data", "check", str(photos), f"--patch-size={patch_size}"]
    assert main(words) == status


def test_long_lists_are_cut(photos, capsys):
    for number in range(25):
        (photos / f"{number}.png").touch()
    assert main(["data", "check", str(photos)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "  and 5 more: --json has all" and len(lines) == 24


@pytest.mark.parametrize(
    "words, message",
    [
        (["check"], "arguments: expected check DATA"),
        (["see", "x"], "arguments: expected check DATA, got 'see'"),
        (["check", "/no/where"], "DATA: expected an existing path, got"),
    ],
)
def test_mistakes(words, message, capsys):
    assert main(["data", *words]) == 2
    assert f"attmask: error: {message}" in capsys.readouterr().err
