"""attmask evaluate segmentation and attention"""

import json

import pytest
from layout_files import make_ade20k
from PIL import Image

from keras_attmask.__main__ import main
from keras_attmask.data import make_scenes


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Scenes on disk, in train/ and test/."""
    place = tmp_path_factory.mktemp("scenes")
    for split, count in (("train", 24), ("test", 8)):
        made = make_scenes(split, count, (28, 28), (1, 1), (0.7, 1))
        for kind, arrays in (("images", made.images), ("masks", made.masks)):
            folder = place / split / kind
            folder.mkdir(parents=True)
            for number, array in enumerate(arrays):
                Image.fromarray(array).save(folder / f"{number}.png")
    return place


def evaluate(capsys, *arguments):
    status = main(["evaluate", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def scores(capsys, *arguments):
    status, out, _ = evaluate(capsys, *arguments, "--json")
    assert status == 0
    return json.loads(out)


def test_segmentation(capsys, tiny_run, scenes, tmp_path):
    flags = ["segmentation", f"--backbone={tiny_run}", "--epochs=2"]
    found = scores(capsys, *flags, f"--data={scenes}", f"--output={tmp_path}")
    assert list(found) == [
        "linear_miou",
        "linear_pixel_accuracy",
        "knn_miou",
        "knn_pixel_accuracy",
    ]
    assert 0.3 < found["knn_pixel_accuracy"] <= 1  # half is ground
    assert json.loads((tmp_path / "segmentation.json").read_text()) == found
    assert (tmp_path / "segmentation.png").exists()
    parts = f"--train={scenes / 'train'}", f"--data={scenes / 'test'}"
    assert scores(capsys, *flags, *parts) == pytest.approx(found, abs=0.01)
    few = ["--limit=3", "--patches=40", "--bank=9", "--num-neighbors=2"]
    assert scores(capsys, *flags, *parts, *few, "--seed=1") != found


def test_attention(capsys, tiny_run, scenes, tmp_path):
    flags = ["attention", f"--backbone={tiny_run}", f"--data={scenes}"]
    found = scores(capsys, *flags, f"--output={tmp_path}")
    assert found["images"] == 8 and 0 < found["auc"] < 1
    assert found["auc_baseline"] > 0.6
    assert (tmp_path / "attention.png").exists()
    assert scores(capsys, *flags, "--limit=3")["images"] == 3
    larger = scores(capsys, *flags, "--image-size=56", "--mass=0.9")
    assert larger["jaccard"] != found["jaccard"]


@pytest.mark.parametrize(
    "arguments, named, words",
    [
        (["attention", "--train=x"], "--train", "expected none for attention"),
        (["attention", "--mass=0"], "--mass", "expected above 0"),
        (["attention", "--mass=2"], "--mass", "got '2'"),
        (["attention", "--image-size=30"], "--image_size", "got 30x30"),
        (["segmentation", "--image-size=30"], "--image_size", "got 30x30"),
        (["segmentation", "--temperature=0"], "--temperature", "above 0"),
        (["segmentation", "--data=no/such"], "--data", "existing folder"),
        (["segmentation", "--data=DATA/test"], "--data", "one part alone"),
    ],
)
def test_mistakes_are_one_line(
    capsys, tiny_run, scenes, arguments, named, words
):
    given = [f"--backbone={tiny_run}", f"--data={scenes}", *arguments]
    given = [word.replace("DATA", str(scenes)) for word in given]
    status, out, error = evaluate(capsys, *given)
    assert status == 2 and out == "" and error.count("\n") == 1
    assert error.startswith(f"attmask: error: {named}: ") and words in error


def test_a_broken_mask_is_named(capsys, tiny_run, tmp_path):
    mask = [[1] * 60] * 40
    root = make_ade20k(tmp_path, {"training": [mask], "validation": [mask]})
    broken = root / "annotations/validation/ADE_valid_00000001.png"
    broken.write_bytes(b"no picture")
    status, _, error = evaluate(
        capsys, "segmentation", f"--backbone={tiny_run}", f"--data={root}"
    )
    assert status == 2 and error.count("\n") == 1 and str(broken) in error
