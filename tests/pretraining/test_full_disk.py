"""A run on a disk of a few kilobytes."""

import contextlib
import subprocess

import pytest
from shrunk import recipe

from keras_attmask.errors import InputError
from keras_attmask.pretraining import pretrain
from keras_attmask.training import ProgressBar
from keras_attmask.training.checkpoints import Checkpoints


@pytest.fixture
def disk(tmp_path):
    """A real file system of 4 MB, which only root can make."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place]
    try:
        made = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("cannot mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(path):
    """Takes what room there is."""
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_full_disk_ends_in_one_line_and_the_run_goes_on(monkeypatch, disk):
    folder, lines = disk / "run", []
    settings = recipe(training__epochs=4)

    def end(self, epoch, logs=None):
        if epoch == 1:
            fill(disk / "filler")

    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "on_epoch_end", end)
        with pytest.raises(InputError, match="^--run: expected room .*MB need"):
            pretrain(settings, folder, lines.append)
    assert Checkpoints(folder).newest().step == 4
    assert not [p for p in folder.rglob("*") if "writing" in p.name]
    (disk / "filler").unlink()
    pretrain(settings, folder, lines.append)
    assert "going on from step 4" in lines
    assert Checkpoints(folder).newest().step == 16
