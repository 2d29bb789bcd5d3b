import numpy as np
import pytest

from keras_attmask.data import Unreadable
from keras_attmask.data import in_memory
from keras_attmask.data import open_source
from keras_attmask.data import readable
from keras_attmask.errors import InputError


class Source:
    """Five images, of which some cannot be read."""

    def __init__(self, *bad):
        self.bad = bad

    def open(self, place):
        if place in self.bad:
            raise InputError(f"data: expected an image, got {place}.png")
        return place


@pytest.mark.parametrize(
    "bad, index, stands_in, taken_down",
    [((), 2, 2, []), ((2,), 2, 3, [2]), ((3, 4), 3, 0, [3, 4])],
)
def test_the_next_readable_image_stands_in(bad, index, stands_in, taken_down):
    unreadable = Unreadable(limit=0.5)
    assert readable(Source(*bad).open, index, 5, unreadable) == stands_in
    assert readable(Source(*bad).open, index, 5) == stands_in
    assert list(unreadable.reasons) == taken_down
    for place, reason in unreadable.reasons.items():
        assert reason == f"expected an image, got {place}.png"


def test_an_image_counts_once_however_often_it_is_met():
    unreadable = Unreadable(limit=0.2)
    for _ in range(3):
        readable(Source(1).open, 1, 5, unreadable)
    with pytest.raises(
        InputError, match=r"at most 20.00% .*got 2 of 5 so far, .*2\.png"
    ):
        readable(Source(1, 2).open, 2, 5, unreadable)


def test_nothing_readable_is_an_error():
    with pytest.raises(InputError, match=r"got 0\.png"):
        readable(Source(*range(5)).open, 1, 5)


@pytest.fixture
def labelled(tmp_path):
    import PIL.Image

    for number in range(5):
        folder = tmp_path / f"class{number % 2}"
        folder.mkdir(exist_ok=True)
        image = np.full((3, 4, 3), 10 * number, "uint8")
        PIL.Image.fromarray(image).save(folder / f"{number}.png")
    (tmp_path / "class0" / "2.png").write_bytes(b"no picture")
    return open_source(tmp_path)  # images 0, 2, 4, 1, 3


def test_memory_holds_what_can_be_read_and_its_labels(labelled):
    unreadable = Unreadable(limit=0.2)
    source = in_memory(labelled, unreadable)
    assert source.images[:, 0, 0, 0].tolist() == [0, 40, 10, 30]
    assert source.labels.tolist() == [0, 0, 1, 1]
    assert list(unreadable.reasons) == [1]


def test_memory_is_strict_where_nobody_takes_notes(labelled):
    with pytest.raises(InputError, match="2.png"):
        in_memory(labelled)
    with pytest.raises(InputError, match="at most 10.00% .*got 1 of 5"):
        in_memory(labelled, Unreadable(limit=0.1))
