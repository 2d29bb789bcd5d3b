import json

import numpy as np
import pytest
from PIL import Image
from retrieval_layouts import garments
from retrieval_layouts import save
from retrieval_layouts import write_cars
from retrieval_layouts import write_cub
from retrieval_layouts import write_in_shop
from retrieval_layouts import write_products

from keras_attmask.data import open_source
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import recall_at_k
from keras_attmask.evaluation import retrieval
from keras_attmask.models import VisionTransformer


@pytest.fixture(scope="module")
def reader():
    return Reader(VisionTransformer((28, 28, 3), 7, 1, 2, 16), batch_size=8)


def doubled(count):
    """Each of some pictures twice, the second a little darker."""
    images = np.repeat(garments(count), 2, axis=0)
    images[1::2] = images[1::2] // 20 * 19
    return images


@pytest.mark.parametrize("write", [write_cub, write_cars])
def test_birds_and_cars(reader, tmp_path, write):
    # The first two classes are for training, and look like the others.
    images = np.concatenate([doubled(4), doubled(2)])
    classes = np.repeat([101, 150, 160, 196, 1, 98], 2)
    write(tmp_path, images, classes)
    found = retrieval(reader, tmp_path, output=tmp_path / "out")
    ks = [name for name in found if name.startswith("recall")]
    assert ks == [f"recall_at_{k}" for k in (1, 2, 4, 8, 16, 32)]
    assert all(found[name] == 1 for name in ks)
    assert found["queries"] == found["images"] == 8
    written = (tmp_path / "out" / "retrieval.json").read_text()
    assert json.loads(written) == found
    assert Image.open(tmp_path / "out" / "retrieval.png").width > 300


def test_products(reader, tmp_path):
    write_products(tmp_path, doubled(3), np.repeat([11319, 9, 22634], 2))
    found = retrieval(reader, tmp_path)
    assert list(found) == [
        *(f"recall_at_{k}" for k in (1, 10, 100, 1000)),
        "queries",
        "images",
    ]
    assert found["recall_at_1"] == 1 and found["queries"] == 6


def in_shop(tmp_path):
    """Six queries and their darker copies, the last of another item."""
    rows = []
    for item in range(6):
        rows.append((f"id_{item}", "query"))
        rows.append((f"id_{item if item < 5 else 0}", "gallery"))
    return write_in_shop(tmp_path, doubled(6), rows)


def test_queries_are_searched_in_the_gallery_only(reader, tmp_path):
    found = retrieval(reader, in_shop(tmp_path), output=tmp_path)
    assert (tmp_path / "retrieval.png").exists()
    assert list(found)[:6] == [
        f"recall_at_{k}" for k in (1, 10, 20, 30, 40, 50)
    ]
    assert found["recall_at_1"] == 1
    # The item of the last query is not in the gallery.
    assert (found["queries"], found["images"]) == (5, 6)


def test_few_queries_find_theirs(reader, tmp_path):
    found = retrieval(reader, in_shop(tmp_path), limit=2)
    assert found["recall_at_1"] == 1
    assert (found["queries"], found["images"]) == (2, 2)


def test_any_labelled_images(reader):
    images, labels = garments(30), np.arange(30) % 7
    found = retrieval(reader, (images, labels))
    features = reader.class_tokens(open_source(images))
    expected = recall_at_k(features, labels, (1, 2, 4, 8, 16, 32))
    assert found == expected | {"images": 30}
    assert 0 < found["recall_at_1"] < 1


def test_a_folder_with_a_class_each(reader, tmp_path):
    for number, image in enumerate(doubled(3)):
        save(image, tmp_path / f"class_{number // 2}" / f"{number}.png")
    found = retrieval(reader, tmp_path)
    assert found["recall_at_1"] == 1 and found["images"] == 6


def test_few_images_still_have_something_to_find(reader):
    labels = np.repeat(np.arange(10), 3)
    found = retrieval(reader, (garments(30), labels), limit=8)
    assert (found["queries"], found["images"]) == (8, 8)


@pytest.mark.parametrize(
    "data, limit, words",
    [
        ((garments(2), [0, 1]), None, "data: expected another image of the"),
        ((garments(2), [0, 0]), 1, "data: expected another image of the"),
        ((garments(2), [0, 0]), 0, "limit: expected 1 image or more, got 0"),
        (garments(2), None, "data: expected images with labels"),
        ("no/such", None, "data: expected an existing path, got no/such"),
    ],
)
def test_mistakes_are_named(reader, data, limit, words):
    with pytest.raises(InputError, match=f"^{words}"):
        retrieval(reader, data, limit=limit)
