import pytest
from PIL import Image

from keras_attmask.__main__ import main


def visualize(capsys, *arguments):
    status = main(["visualize", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize("what", ["masks", "curves"])
def test_a_picture_is_drawn(capsys, tiny_run, tmp_path, what):
    target = tmp_path / "new" / "sheet.png"
    status, out, _ = visualize(
        capsys, what, f"--run={tiny_run}", f"--target={target}"
    )
    assert status == 0 and out == f"wrote {target}\n"
    with Image.open(target) as picture:
        assert min(picture.size) > 200
        assert len(set(picture.convert("L").getdata())) > 20


def test_masks_on_other_images(capsys, tiny_run, tmp_path):
    Image.new("RGB", (50, 40), "red").save(tmp_path / "red.png")
    sheets = [tmp_path / "own.png", tmp_path / "other.png"]
    for sheet, data in zip(sheets, ([], [f"--data={tmp_path}/red.png"])):
        status, _, _ = visualize(
            capsys, "masks", f"--run={tiny_run}", f"--target={sheet}", *data
        )
        assert status == 0
    own, other = (Image.open(sheet) for sheet in sheets)
    assert own.size[1] > other.size[1]  # eight rows against one


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "arguments: expected WHAT, got none"),
        (["mask"], "WHAT: expected masks or curves, got 'mask'"),
        (["masks", "--target=TO"], "--run: expected a path, got nothing"),
        (["masks", "--run=RUN"], "--target: expected a path, got nothing"),
        (["masks", "--run=no/run", "--target=TO"], "--run: expected a run"),
        (["curves", "--run=no/run", "--target=TO"], "--run: expected a run"),
        (["masks", "--run=RUN", "--target=TO", "--data=no"], "--data: exp"),
        (["curves", "--run=RUN", "--target=FILE/a"], "`target`"),
    ],
)
def test_mistakes_are_one_line(capsys, tiny_run, tmp_path, arguments, words):
    (tmp_path / "file").write_text("mine")
    places = {
        "RUN": tiny_run,
        "TO": tmp_path / "sheet.png",
        "FILE": tmp_path / "file",
    }
    for name, place in places.items():
        arguments = [word.replace(name, str(place)) for word in arguments]
    status, out, error = visualize(capsys, *arguments)
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {words}")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
