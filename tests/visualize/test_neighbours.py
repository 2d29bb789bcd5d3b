import numpy as np
import pytest
from PIL import Image

from keras_attmask.errors import InputError
from keras_attmask.visualize import neighbour_sheet


def plain(value, height=20, width=30, channels=3):
    return np.full((height, width, channels), value, "uint8")


def seen(path):
    """How many pixels of each colour, by RGB."""
    pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    return dict(zip(map(tuple, colours.tolist()), counts.tolist()))


def test_queries_and_what_was_found(tmp_path):
    path = tmp_path / "sheet.png"
    wide = (plain(60, 10, 90), "right")
    rows = [
        (plain(20), [(plain(100), "right"), (plain(140, channels=1), "wrong")]),
        (plain(20), [wide]),  # fewer were found
    ]
    neighbour_sheet(rows, path)
    found = seen(path)
    area = {grey: found[(grey,) * 3] for grey in (20, 60, 100, 140)}
    assert area[20] == pytest.approx(2 * area[100], rel=0.1)
    assert area[100] == pytest.approx(area[140], rel=0.05)
    assert area[60] < area[100]  # as wide, and less high
    green, red, grey = (26, 127, 55), (207, 34, 46), (140, 149, 159)
    assert found[green] > found[red] > 0 and grey not in found


def test_junk_has_a_frame_of_its_own(tmp_path):
    path = tmp_path / "sheet.png"
    neighbour_sheet([(plain(20), [(plain(100), "junk")])], path)
    assert seen(path)[(140, 149, 159)] > 100


def test_a_target_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="target"):
        neighbour_sheet(
            [(plain(20), [(plain(100), "right")])],
            tmp_path / "file" / "sheet.png",
        )
