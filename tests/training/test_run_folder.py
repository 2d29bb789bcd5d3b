import json
import pathlib

import keras
import numpy as np
import pytest

from keras_attmask.errors import InputError
from keras_attmask.training import run_folder


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    with run_folder.created(tmp_path / "a" / "b") as folder:
        (folder / "file").touch()
    assert (tmp_path / "a" / "b" / "file").is_file()


def test_an_empty_folder_may_be_used(tmp_path):
    with run_folder.created(tmp_path) as folder:
        assert folder == tmp_path


def test_a_failure_takes_away_what_was_made_and_nothing_else(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(KeyError):
        with run_folder.created(tmp_path / "a" / "b" / "c") as folder:
            assert folder.is_dir()
            raise KeyError
    assert (tmp_path / "a").is_dir() and not (tmp_path / "a" / "b").exists()


def test_a_failure_leaves_files_alone(tmp_path):
    with pytest.raises(KeyError):
        with run_folder.created(tmp_path / "a") as folder:
            (folder / "precious").touch()
            raise KeyError
    assert (tmp_path / "a" / "precious").is_file()


def test_a_filled_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--run: expected a new or empty"):
        with run_folder.created(tmp_path):
            pass


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="--run: .* can be written, got"):
        with run_folder.created(tmp_path / "file" / "run"):
            pass


def test_versions_name_the_backend():
    versions = run_folder.versions()
    assert versions["backend"] == keras.backend.backend()
    assert versions["keras"] == keras.__version__


def test_json_is_written_whole(tmp_path):
    run_folder.write_json({"a": [1, 2]}, tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": [1, 2]}
    with pytest.raises(TypeError):
        run_folder.write_json({"a": object()}, tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": [1, 2]}


def test_weights_are_written_whole(tmp_path):
    layer = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    path = pathlib.Path(tmp_path) / "net.weights.h5"
    run_folder.save_weights(layer, path)
    kernel = layer.get_weights()[0]
    layer.layers[0].kernel.assign(np.zeros((2, 3)))
    layer.load_weights(path)
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)
    assert [p.name for p in tmp_path.iterdir()] == ["net.weights.h5"]


def test_weights_that_cannot_be_written_leave_nothing(tmp_path):
    class Full:
        def save_weights(self, path):
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        run_folder.save_weights(Full(), tmp_path / "x.weights.h5")
    assert not list(tmp_path.iterdir())


def test_room_is_asked_for_beforehand(tmp_path):
    run_folder.require_space(tmp_path, 0)
    with pytest.raises(OSError, match="1000000000000 MB needed"):
        run_folder.require_space(tmp_path, 10**18)
