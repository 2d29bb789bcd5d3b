"""Reading by processes gives what reading by threads gives, and ends."""

import os
import signal

import numpy as np
import pytest
from PIL import Image

from keras_attmask.data import reading_processes
from keras_attmask.data.photo_views import PhotoViews
from keras_attmask.data.reading_processes import ReadingProcesses
from keras_attmask.data.reading_processes import count_processes
from keras_attmask.data.source_types import ArraySource
from keras_attmask.data.sources import open_source
from keras_attmask.data.unreadable import Unreadable
from keras_attmask.errors import InputError
from keras_attmask.view_law import ViewLaw

LAW = ViewLaw(local_crops=3, global_size=16, local_size=8)


@pytest.fixture
def photos(tmp_path):
    generator = np.random.default_rng(0)
    for number in range(6):
        size = generator.integers(12, 40, 2)
        image = generator.integers(0, 256, (*size, 3), "uint8")
        Image.fromarray(image).save(tmp_path / f"{number}.jpg")
    return tmp_path


def children():
    """Process numbers of those that this one started and that still run."""
    tasks = f"/proc/{os.getpid()}/task"
    if not os.path.isdir(tasks):
        pytest.skip("needs /proc")
    return {
        int(number)
        for task in os.listdir(tasks)
        for number in open(f"{tasks}/{task}/children").read().split()
    }


def test_views_are_those_of_threads_and_the_processes_end(photos):
    before = children()
    views = PhotoViews(open_source(photos), LAW, 4)
    read = ReadingProcesses(views, 2)
    started = children() - before
    assert len(started) == 2
    assert read.shapes == views.shapes
    for indices in ([0, 3, 5], [1], [2, 4]):
        wanted = views(7, np.array(indices))
        found = read(7, np.array(indices))
        for one, two in zip(wanted, found, strict=True):
            np.testing.assert_array_equal(one, two)
            assert two.flags.writeable
    del read
    assert not started & children()


def test_they_load_no_framework(photos):
    before = children()
    read = ReadingProcesses(PhotoViews(open_source(photos), LAW, 4), 1)
    read(0, np.array([0]))
    (number,) = children() - before
    loaded = open(f"/proc/{number}/maps").read()
    assert "_imaging" in loaded
    for name in ("tensorflow", "jaxlib", "torch"):
        assert name not in loaded


def test_unreadable_files_are_taken_down_by_whoever_asked(photos):
    (photos / "3.jpg").write_bytes(b"no picture")
    unreadable = Unreadable(limit=0.2)
    views = PhotoViews(open_source(photos), LAW, 4)
    read = ReadingProcesses(views, 1, unreadable)
    for one, two in zip(views(0, [3]), read(0, [3])):
        np.testing.assert_array_equal(one, two)
    assert list(unreadable.reasons) == [3]
    assert str(photos / "3.jpg") in unreadable.reasons[3]
    (photos / "4.jpg").write_bytes(b"")
    with pytest.raises(InputError, match="at most 20.00% .*got 2 of 6"):
        read(0, [4])


def test_nothing_readable_is_an_error(photos):
    for path in photos.iterdir():
        path.write_bytes(b"no picture")
    read = ReadingProcesses(PhotoViews(open_source(photos), LAW, 4), 1)
    with pytest.raises(InputError, match="expected a readable image"):
        read(0, [3])
    assert read(0, []) and all(len(part) == 0 for part in read(0, []))


def test_a_process_that_was_killed_is_an_error_and_no_wait(photos):
    before = children()
    read = ReadingProcesses(PhotoViews(open_source(photos), LAW, 4), 1)
    read(0, [1])
    (number,) = children() - before
    os.kill(number, signal.SIGINT)  # as a terminal does to all of them
    read(0, [1])
    os.kill(number, signal.SIGKILL)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="ended with status -9"):
            read(0, [1])


def test_how_many(photos, monkeypatch):
    source = open_source(photos)
    assert [count_processes(n, source) for n in (0, 3, -1)] == [0, 3, 0]
    many = ArraySource(np.zeros((1000, 2, 2, 3), "uint8"))
    for cores, expected in ((1, 0), (4, 4)):
        monkeypatch.setattr(reading_processes, "_count_cores", lambda: cores)
        assert count_processes(-1, many) == expected
        assert count_processes(-1, source) == 0


def test_open_files_are_left_to_threads(monkeypatch):
    source = ArraySource(np.zeros((1000, 2, 2, 3), "uint8"), name="records")
    source.shareable = False
    monkeypatch.setattr(reading_processes, "_count_cores", lambda: 4)
    assert [count_processes(n, source) for n in (0, -1)] == [0, 0]
    with pytest.raises(
        InputError, match="expected 0 or -1 for records.* got 2"
    ):
        count_processes(2, source)
