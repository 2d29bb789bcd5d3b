import numpy as np
import pytest
from retrieval_layouts import garments
from retrieval_layouts import write_in_shop

from keras_attmask.data.layouts.in_shop import is_in_shop
from keras_attmask.data.layouts.in_shop import open_in_shop
from keras_attmask.errors import InputError

ROWS = [
    ("id_00000009", "train"),
    ("id_00000002", "query"),
    ("id_00000001", "gallery"),
    ("id_00000002", "gallery"),
    ("id_00000001", "query"),
]


@pytest.mark.parametrize("deep", [True, False])
def test_queries_and_gallery(tmp_path, deep):
    folder = tmp_path / "In-shop Clothes Retrieval Benchmark"
    write_in_shop(folder, garments(5), ROWS, deep)
    for path in (folder, tmp_path):
        assert is_in_shop(path)
        queries, gallery = open_in_shop(path)
        assert queries.class_names[queries.labels[0]] == "id_00000002"
        assert queries.labels.tolist() == [1, 0]
        assert gallery.labels.tolist() == [0, 1]
        np.testing.assert_array_equal(queries.read(1), garments(5)[4])


def test_broken_lists_are_named(tmp_path):
    write_in_shop(tmp_path, garments(1), [("id_1", "gallery")])
    with pytest.raises(InputError, match="got none in query of .*partition"):
        open_in_shop(tmp_path)
    write_in_shop(tmp_path, garments(1), [("id_1", "val")])
    with pytest.raises(InputError, match="train, query, gallery .*got 'val'"):
        open_in_shop(tmp_path)
    write_in_shop(tmp_path, garments(2), ROWS[1:3])
    (tmp_path / "Img/img/WOMEN/Tees/id_00000001/01_front.jpg").unlink()
    with pytest.raises(InputError, match="01_front.jpg is missing"):
        open_in_shop(tmp_path)
    assert not is_in_shop(tmp_path / "Img")
