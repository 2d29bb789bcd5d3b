import json
import sys

import pytest
from PIL import Image

from keras_attmask.errors import InputError
from keras_attmask.visualize import curve_sheet
from keras_attmask.visualize.curves import _draw
from keras_attmask.visualize.curves import _read_metrics

ROWS = [
    {"step": 0, "loss": 9.0, "cls_loss": 5.0, "patch_loss": 4.0, "knn": 0.5},
    {"step": 10, "loss": 8.0, "cls_loss": 4.5, "patch_loss": 3.5},
    {"step": 20, "loss": 7.0, "cls_loss": 4.0, "patch_loss": 3.0, "knn": 0.75},
]


@pytest.fixture
def metrics(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_lines_show_what_was_measured(metrics):
    figure = _draw(_read_metrics(metrics), {"raw pixels": 0.625}, "knn")
    losses, accuracy = figure.axes
    total, cls, patches = (line.get_ydata() for line in losses.lines)
    assert list(total) == [9, 8, 7]
    assert list(cls) == [5, 4.5, 4] and list(patches) == [4, 3.5, 3]
    found, reference = accuracy.lines
    assert list(found.get_xdata()) == [0, 20]
    assert list(found.get_ydata()) == [50, 75]
    assert set(reference.get_ydata()) == {62.5}
    texts = [text.get_text() for text in accuracy.texts]
    assert texts == ["75.0", "raw pixels 62.5"]


@pytest.mark.parametrize("level, side", [(0.5, "right"), (0.75, "left")])
def test_names_of_levels_keep_clear_of_the_curve(metrics, level, side):
    figure = _draw(_read_metrics(metrics), {"level": level}, "knn")
    name = figure.axes[1].texts[-1]
    assert name.get_ha() == side


def test_a_png_is_written_without_pyplot(metrics, tmp_path):
    loaded = "matplotlib.pyplot" in sys.modules
    curve_sheet(metrics, tmp_path / "new" / "curves.png", {})
    with Image.open(tmp_path / "new" / "curves.png") as picture:
        assert picture.format == "PNG"
    assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_a_repeated_step_counts_once_and_the_last_wins(metrics):
    with open(metrics, "a") as file:
        file.write('\n{"step": 10, "loss": 6.0}\n')
    found = _read_metrics(metrics)
    assert [row["step"] for row in found] == [0, 10, 20]
    assert [row["loss"] for row in found] == [9, 6, 7]


def test_a_run_without_accuracy_is_drawn_too(metrics):
    metrics.write_text('{"step": 0, "loss": 1.0}\n')
    losses, accuracy = _draw(_read_metrics(metrics), {}, "knn").axes
    assert len(losses.lines) == 1 and not accuracy.lines


@pytest.mark.parametrize("text", ["", "{", '{"loss": 1}\n', "[1]\n", None])
def test_metrics_that_cannot_be_read_are_named(text, metrics, tmp_path):
    metrics.unlink() if text is None else metrics.write_text(text)
    with pytest.raises(InputError, match=f"^`metrics_path`.*{metrics}"):
        curve_sheet(metrics, tmp_path / "curves.png", {})


@pytest.mark.parametrize(
    "score, title",
    [
        ("accuracy", "accuracy, %"),
        ("mean_average_precision", "mean average precision, %"),
        ("r2", "R2, %"),
    ],
)
def test_scores_of_fine_tuning_are_drawn(score, title):
    rows = [{"step": step, score: step / 10} for step in (1, 2)]
    _, axis = _draw(rows, {}, score).axes
    assert axis.get_title("left") == title
    assert axis.lines[0].get_ydata().tolist() == [10.0, 20.0]
