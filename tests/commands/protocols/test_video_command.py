import json

import pytest
from tiny_davis import make_davis

from keras_attmask.__main__ import main


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_davis(tmp_path_factory.mktemp("davis"), films=2, frames=4)


def evaluate(capsys, run, root, *flags):
    status = main(
        ["evaluate", "video", f"--backbone={run}", f"--data={root}", *flags]
    )
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_films_are_measured(capsys, tiny_run, root, tmp_path):
    flags = ("--size=56", "--limit=1", "--num-neighbors=3", "--json")
    output = tmp_path / "found"
    status, out, _ = evaluate(
        capsys, tiny_run, root, *flags, f"--output={output}"
    )
    scores = json.loads(out)
    assert status == 0 and scores["objects"] == 2 and 0 < scores["j"] < 1
    assert len(list((output / "film-0").glob("*.png"))) == 4
    assert not (output / "film-1").exists()


@pytest.mark.parametrize(
    "flags, words",
    [
        (["--data=none"], "--data: expected the folder DAVIS"),
        (["--split=test"], "--data: expected a split"),
        (["--train=x"], "--train: expected none for video"),
        (["--size=2"], "--size: expected a side of"),
        (["--radius=-1"], "--radius: "),
        (["--temperature=0"], "--temperature: expected above 0"),
    ],
)
def test_mistakes_are_one_line(capsys, tiny_run, root, flags, words):
    status, out, error = evaluate(capsys, tiny_run, root, *flags)
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {words}")
