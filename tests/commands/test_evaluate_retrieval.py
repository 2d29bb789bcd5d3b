import json

import numpy as np
import pytest
from retrieval_layouts import garments
from retrieval_layouts import write_cub
from retrieval_layouts import write_revisited

from keras_attmask.__main__ import main


def evaluate(capsys, run, *arguments):
    status = main(["evaluate", "retrieval", f"--backbone={run}", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_recall_on_bundled_pictures(capsys, tiny_run, tmp_path):
    status, out, _ = evaluate(
        capsys,
        tiny_run,
        "--data=bundled:fashion_mnist/test",
        "--limit=60",
        f"--output={tmp_path}",
        "--json",
    )
    found = json.loads(out)
    assert status == 0 and found["queries"] == 60
    assert 0.2 < found["recall_at_1"] <= found["recall_at_32"] <= 1
    assert json.loads((tmp_path / "retrieval.json").read_text()) == found


def test_landmarks(capsys, tiny_run, tmp_path):
    images = np.repeat(np.repeat(garments(3), 2, axis=1), 2, axis=2)
    row = {"bbx": [0, 0, 56, 56], "easy": [1], "hard": [], "junk": []}
    write_revisited(tmp_path, {"q": images[0]}, dict(zip("ab", images)), [row])
    flags = [f"--data={tmp_path}", "--image_size=56", "--nocrop-queries"]
    status, out, _ = evaluate(capsys, tiny_run, *flags)
    # Its own picture comes first, and the right one then.
    assert status == 0 and "map_easy         25.00 %" in out
    status, out, error = evaluate(capsys, tiny_run, *flags, "--side_step=3")
    assert status == 2 and out == ""
    assert error.startswith("attmask: error: --side_step: expected a multiple")


@pytest.mark.parametrize(
    "flags, named, words",
    [
        (["--data=no/such"], "--data", "no/such"),
        (["--data=CUB"], "--data", "Bird_1.jpg is missing"),
        (["--data=CUB", "--train=x"], "--train", "expected none for retrieval"),
        (["--data=CUB", "--image_size=0"], "--image_size", "got '0'"),
    ],
)
def test_mistakes_are_one_line(capsys, tiny_run, tmp_path, flags, named, words):
    cub = write_cub(tmp_path, garments(2), [101, 101])
    (cub / "images" / "101.Bird" / "Bird_1.jpg").unlink()
    flags = [flag.replace("CUB", str(cub)) for flag in flags]
    status, out, error = evaluate(capsys, tiny_run, *flags)
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {named}: ") and words in error
