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


@pytest.mark.parametrize("local_crops", [0, 7])
def test_views_of_a_recipe(capsys, tmp_path, local_crops):
    for number, size in enumerate([(50, 40), (31, 64)]):
        Image.effect_noise(size, 90).save(tmp_path / f"{number}.png")
    target = tmp_path / "views.png"
    status, out, _ = visualize(
        capsys,
        "views",
        f"--data={tmp_path}",
        "--recipe=quickstart",
        f"--recipe.views.local_crops={local_crops}",
        f"--target={target}",
    )
    assert status == 0 and out == f"wrote {target}\n"
    columns = 1 + 2 + min(local_crops, 4)
    with Image.open(target) as picture:
        width, height = picture.size
        assert width == pytest.approx(144 * (columns * 1.35 + 0.2), abs=2)
        assert height == pytest.approx(144 * (2 * 1.9 + 0.2), abs=2)
        assert len(set(picture.convert("L").getdata())) > 20


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "arguments: expected WHAT, got none"),
        (["mask"], "WHAT: expected masks, curves or views, got 'mask'"),
        (["views", "--target=TO"], "--recipe: expected a path, got nothing"),
        (["views", "--target=TO", "--recipe=no"], "--recipe: expected"),
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
