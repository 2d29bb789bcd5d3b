import json
import shutil

import pytest
from PIL import Image

from keras_attmask.data import open_source
from keras_attmask.data.layouts.imagenet9 import is_imagenet9
from keras_attmask.data.layouts.imagenet9 import open_imagenet9
from keras_attmask.data.layouts.imagenet9 import read_class_map
from keras_attmask.errors import InputError

NAMES = (
    "00_dog",
    "01_bird",
    "02_wheeled vehicle",
    "03_reptile",
    "04_carnivore",
    "05_insect",
    "06_musical instrument",
    "07_primate",
    "08_fish",
)


@pytest.fixture
def folder(tmp_path):
    """Two variations, one with `val` and one without, and masks."""
    pictures = open_source("bundled:fashion_mnist/test")
    for place, count in (("original/val", 2), ("no_fg", 1)):
        for number, name in enumerate(NAMES):
            classes = tmp_path / place / name
            classes.mkdir(parents=True)
            for index in range(count):
                picture = Image.fromarray(pictures.read(number)[..., 0])
                picture.save(classes / f"n0{number}_{index}.JPEG")
    (tmp_path / "fg_mask" / "val" / "00_dog").mkdir(parents=True)
    return tmp_path


def test_variations_are_opened_by_their_numbers(folder):
    assert is_imagenet9(folder) and is_imagenet9(str(folder))
    found = open_imagenet9(folder)
    assert list(found) == ["no_fg", "original"]
    assert found["original"].labels.tolist() == [n // 2 for n in range(18)]
    assert found["no_fg"].labels.tolist() == list(range(9))
    assert found["no_fg"].class_names == NAMES
    assert found["original"].paths[4].endswith("02_wheeled vehicle/n02_0.JPEG")
    assert found["original"].read(4).shape == (28, 28, 3)


def test_other_folders_are_none(tmp_path):
    (tmp_path / "original" / "dog").mkdir(parents=True)
    assert not is_imagenet9(tmp_path) and not is_imagenet9(tmp_path / "no")
    with pytest.raises(InputError, match="^data: .*mixed_next.*got '.*no'"):
        open_imagenet9(tmp_path / "no")
    with pytest.raises(InputError, match="^data: .*original/00_.*, got none"):
        open_imagenet9(tmp_path)


def test_what_is_missing_is_named(folder):
    shutil.rmtree(folder / "original" / "val" / "03_reptile")
    with pytest.raises(InputError, match="original/val/03_..., got none"):
        open_imagenet9(folder)
    (folder / "original" / "val" / "03_reptile").mkdir()
    with pytest.raises(InputError, match="original/val/03_reptile, got none"):
        open_imagenet9(folder)


def test_a_table_of_classes(tmp_path):
    path = tmp_path / "in_to_in9.json"
    path.write_text(json.dumps({"1": -1, "0": 8, "2": 0}))
    assert read_class_map(path, 3).tolist() == [8, -1, 0]
    for text, words in (
        ("{", "got '.*in_to_in9.json' "),
        ("[0, 1, 2]", "got none of them"),
        ('{"0": 1}', "got 1 of them"),
        ('{"0": 1, "1": 9, "2": 0}', "expected -1 to 8"),
        ('{"0": 1, "1": "a", "2": 0}', "expected -1 to 8"),
        ('{"0": 1, "1": 1.0, "2": 0}', "expected -1 to 8"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=f"^class_map: .*{words}") as error:
            read_class_map(path, 3)
        assert "\n" not in str(error.value) and str(path) in str(error.value)
    with pytest.raises(InputError, match="^class_map: .*No such file"):
        read_class_map(tmp_path / "no.json", 3)
