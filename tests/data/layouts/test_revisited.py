import pickle

import numpy as np
import pytest
from retrieval_layouts import garments
from retrieval_layouts import write_revisited

from keras_attmask.data.layouts.revisited import is_revisited
from keras_attmask.data.layouts.revisited import open_revisited
from keras_attmask.errors import InputError


def row(**changed):
    plain = {"bbx": [1, 2.5, 20, 27], "easy": [0], "hard": [], "junk": [2]}
    return plain | changed


def write(tmp_path, name="roxford5k", **changed):
    images = garments(4)
    return write_revisited(
        tmp_path,
        {"asked": images[0]},
        dict(zip("abc", images[1:])),
        [row(**changed)],
        name,
    )


@pytest.mark.parametrize("name", ["roxford5k", "rparis6k"])
def test_a_folder_or_the_one_around_it(tmp_path, name):
    folder = write(tmp_path, name, hard=np.array([1]))
    for path in (tmp_path, str(tmp_path), folder):
        assert is_revisited(path)
        found = open_revisited(path)
        assert found.name == str(folder)
        assert found.queries == [str(folder / "jpg" / "asked.jpg")]
        assert found.database[2] == str(folder / "jpg" / "c.jpg")
        assert found.boxes == [(1.0, 2.5, 20.0, 27.0)]
        (truth,) = found.truth
        assert {n: a.tolist() for n, a in truth.items()} == {
            "easy": [0],
            "hard": [1],
            "junk": [2],
        }


def test_other_folders_are_none(tmp_path):
    (tmp_path / "roxford5k").mkdir()
    assert not is_revisited(tmp_path) and not is_revisited(garments(1))
    with pytest.raises(InputError, match="expected a folder with gnd_roxf"):
        open_revisited(tmp_path)


def test_two_benchmarks_ask_for_a_name(tmp_path):
    write(tmp_path), write(tmp_path, "rparis6k")
    with pytest.raises(InputError, match="got two: name .*5k or .*6k$"):
        open_revisited(tmp_path)
    assert open_revisited(tmp_path / "rparis6k").name.endswith("rparis6k")


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"easy": [3]}, "places from 0 to 2 as 'easy'"),
        ({"hard": [-1]}, "places from 0 to 2 as 'hard'"),
        ({"junk": [0.5]}, "as 'junk'"),
        ({"junk": [[1], [1, 2]]}, "'junk' of each query"),
        ({"bbx": [1, 2, 3]}, "left, top, right and bottom"),
        ({"bbx": [5, 2, 3, 9]}, "left, top, right and bottom"),
        ({"bbx": [1, 2, float("nan"), 9]}, "left, top, right and bottom"),
        ({"bbx": "abcd"}, "'bbx' of each query"),
    ],
)
def test_broken_truth_is_named(tmp_path, changed, words):
    write(tmp_path, **changed)
    with pytest.raises(InputError, match="^data: expected") as error:
        open_revisited(tmp_path)
    assert words in str(error.value) and "gnd_roxford5k.pkl" in str(error.value)


@pytest.mark.parametrize(
    "read, words",
    [
        ([], "'qimlist'"),
        ({"imlist": ["a"], "qimlist": []}, "'qimlist'"),
        ({"imlist": [1], "qimlist": ["a"]}, "'imlist'"),
        ({"imlist": ["a"], "qimlist": ["a"]}, "'gnd'"),
        ({"imlist": ["a"], "qimlist": ["a"], "gnd": []}, "1 dicts"),
        ({"imlist": ["a"], "qimlist": ["a"], "gnd": [3]}, "1 dicts"),
        ({"imlist": ["a"], "qimlist": ["a"], "gnd": [{}]}, "'easy'"),
    ],
)
def test_missing_parts_are_named(tmp_path, read, words):
    path = write(tmp_path) / "gnd_roxford5k.pkl"
    path.write_bytes(pickle.dumps(read))
    with pytest.raises(InputError) as error:
        open_revisited(tmp_path)
    assert words in str(error.value) and str(path) in str(error.value)


def test_a_missing_image_is_named(tmp_path):
    folder = write(tmp_path)
    (folder / "jpg" / "b.jpg").unlink()
    with pytest.raises(InputError, match=r"gnd_.* lists, .*b\.jpg is missing"):
        open_revisited(folder)
