import os

import pytest

from keras_attmask.folders import move_folder


@pytest.fixture
def places(tmp_path):
    """Paths of a new folder, of its place and of a free one."""
    found = [tmp_path / name for name in ("new", "place", "spare")]
    found[0].mkdir()
    (found[0] / "new.txt").write_text("new")
    return found


def names(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*.txt"))


def test_takes_a_place_that_nothing_has(places, tmp_path):
    move_folder(*places)
    assert names(tmp_path) == ["place/new.txt"]


def test_takes_the_place_of_another_as_a_whole(places, tmp_path):
    places[1].mkdir()
    (places[1] / "old.txt").write_text("old")
    move_folder(*places)
    assert names(tmp_path) == ["place/new.txt", "spare/old.txt"]


def test_leaves_all_as_it_was(places, tmp_path, monkeypatch):
    places[1].mkdir()
    (places[1] / "old.txt").write_text("old")
    replace = os.replace

    def fail(source, target):
        if source == places[0]:
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        move_folder(*places)
    assert names(tmp_path) == ["new/new.txt", "place/old.txt"]
