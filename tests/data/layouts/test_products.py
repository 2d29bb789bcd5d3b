import numpy as np
import pytest
from retrieval_layouts import garments
from retrieval_layouts import write_products

from keras_attmask.data.layouts.products import is_products
from keras_attmask.data.layouts.products import open_products
from keras_attmask.errors import InputError


def test_products_of_the_test(tmp_path):
    folder = write_products(tmp_path, garments(3), [11319, 11319, 22634])
    for path in (folder, tmp_path):
        assert is_products(path)
        source = open_products(path)
        assert source.labels.tolist() == [11318, 11318, 22633]
        np.testing.assert_array_equal(source.read(2), garments(3)[2])


@pytest.mark.parametrize(
    "line, words",
    [
        ("1 11319 1\n", "expected 4 columns in line 2 of .*Ebay_test.txt"),
        ("1 x 1 a.JPG\n", "whole numbers in .*Ebay_test.txt, got 'x'"),
        ("1 -1 1 a.JPG\n", "whole numbers in .*Ebay_test.txt, got '-1'"),
        ("1 1 1 a.JPG\n", "a.JPG is missing"),
        ("", "images in .*Ebay_test.txt, got none"),
    ],
)
def test_broken_lists_are_named(tmp_path, line, words):
    (tmp_path / "Ebay_test.txt").write_text("image_id class_id\n" + line)
    with pytest.raises(InputError, match=words):
        open_products(tmp_path)


def test_other_folders_are_none(tmp_path):
    assert not is_products(tmp_path) and not is_products((1, 2))
    (tmp_path / "Ebay_test.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match="list of images, got .*Ebay_test"):
        open_products(tmp_path)
