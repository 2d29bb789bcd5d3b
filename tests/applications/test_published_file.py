import hashlib
import pathlib
import shutil

import numpy as np
import pytest
from keras import ops

from keras_attmask import applications
from keras_attmask.applications.architectures import Architecture
from keras_attmask.applications.published import PUBLISHED
from keras_attmask.applications.published_file import cached
from keras_attmask.applications.published_file import unchanged
from keras_attmask.applications.vision_transformers import constructor
from keras_attmask.errors import InputError
from keras_attmask.parity import read_npz

NAME = "attmask_high_100ep_imagenet"
# What the recorded checkpoint of the same kind holds.
TINY = Architecture("ViTSmall16", "vit_small16", 16, 4, 3, 48)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "models" / "keras_attmask"


@pytest.fixture
def checkpoint(home, recorded):
    """A checkpoint of the official code, put where the name expects it."""
    home.mkdir(parents=True)
    path = home / f"{NAME}.pth"
    shutil.copyfile(recorded("attmask_tiny_published_style.pth"), path)
    return path


def refuse(construct, words, **settings):
    with pytest.raises(InputError, match="^weights: ") as caught:
        construct(**settings)
    said = str(caught.value)
    assert "\n" not in said
    for word in words:
        assert word in said


def test_five_were_released():
    assert {n: (row.knn, row.linear) for n, row in PUBLISHED.items()} == {
        "attmask_high_100ep_imagenet": (72.5, 75.7),
        "attmask_hint_100ep_imagenet": (72.8, 76.1),
        "attmask_high_300ep_imagenet": (75.0, 77.5),
        "attmask_high_100ep_imagenet20pct": (49.7, 57.9),
        "attmask_hint_100ep_imagenet20pct": (49.5, 57.5),
    }
    for row in PUBLISHED.values():
        assert hasattr(applications, row.architecture)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_name_says_where_to_get_its_file_and_where_to_put_it(name, home):
    words = ["https://github.com/gkakogeorgiou/attmask", "README"]
    words.append(repr(str(home / f"{name}.pth")))
    refuse(applications.ViTSmall16, words, weights=name)


def test_the_cache_is_that_of_keras(monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    folder = pathlib.Path.home() / ".keras" / "models" / "keras_attmask"
    assert cached(PUBLISHED[NAME]) == folder / f"{NAME}.pth"


@pytest.mark.parametrize("construct", ["ViTBase16", "ViTSmall8", "ViTTiny16"])
def test_another_architecture_names_the_right_constructor(construct):
    words = [f"a {construct}, got", f"ViTSmall16(weights='{NAME}')"]
    refuse(getattr(applications, construct), words, weights=NAME)


def test_a_name_that_nobody_knows_gets_all_names():
    refuse(applications.ViTSmall16, PUBLISHED, weights="attmask_low")


def test_the_file_answers_like_the_original(checkpoint, recorded):
    arrays = read_npz(recorded("attmask_tiny_expected.npz"), "x")
    model = constructor(TINY)(False, NAME, None, (96, 96, 3), "token")
    found = model(arrays["images_96"], training=False)
    expected = arrays["teacher.96.tokens"][:, 0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), expected, rtol=0, atol=2e-5
    )
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    record = checkpoint.with_name(f"{NAME}.pth.sha256")
    assert record.read_text() == f"{digest}  {NAME}.pth\n"
    assert sorted(checkpoint.parent.iterdir()) == [checkpoint, record]
    again = constructor(TINY)(weights=NAME, classes=3)
    assert again.output_shape == (None, 3)


def test_a_file_that_changed_is_refused(checkpoint):
    constructor(TINY)(False, NAME, None, (96, 96, 3))
    with open(checkpoint, "ab") as file:
        file.write(b"more")
    words = ["SHA-256", "first used", f"{NAME}.pth.sha256"]
    refuse(constructor(TINY), words, weights=NAME)
    checkpoint.with_name(f"{NAME}.pth.sha256").unlink()


def test_a_broken_file_is_not_held_to_its_checksum(home):
    home.mkdir(parents=True)
    (home / f"{NAME}.pth").write_bytes(b"<html>log in</html>")
    refuse(constructor(TINY), [f"{NAME}.pth"], weights=NAME)
    assert [path.name for path in home.iterdir()] == [f"{NAME}.pth"]


def test_checkpoints_of_another_size_are_not_held_to_it_either(checkpoint):
    refuse(applications.ViTSmall16, ["hidden_dim 384"], weights=NAME)
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def test_an_empty_record_is_a_change(tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(b"1")
    (tmp_path / "x.pth.sha256").touch()
    with pytest.raises(InputError, match="expected SHA-256 nothing in"):
        with unchanged(path):
            pass


def test_a_cache_that_cannot_be_written_only_warns(tmp_path, monkeypatch):
    path = tmp_path / "x.pth"
    path.write_bytes(b"1")

    def refuse_to_write(record):
        raise InputError(f"{record}: expected a folder that can be written")

    module = "keras_attmask.applications.published_file.whole"
    monkeypatch.setattr(module, refuse_to_write)
    with pytest.warns(UserWarning, match="no checksum is kept; .*written"):
        with unchanged(path):
            pass
