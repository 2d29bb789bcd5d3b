import numpy as np

from keras_attmask.data.sources import open_source


def test_fashion_mnist_is_balanced():
    for split, count in [("train", 1200), ("test", 200)]:
        source = open_source(f"bundled:fashion_mnist/{split}")
        assert source.images.shape == (10 * count, 28, 28, 1)
        assert source.images.dtype == "uint8"
        assert np.bincount(source.labels).tolist() == [count] * 10


def test_fashion_mnist_begins_as_the_original():
    source = open_source("bundled:fashion_mnist/train", limit=5)
    assert source.class_names[9] == "Ankle boot"
    whole = open_source("bundled:fashion_mnist/train")
    assert whole.labels[:5].tolist() == [9, 0, 0, 3, 0]
    test = open_source("bundled:fashion_mnist/test")
    assert test.labels[:5].tolist() == [9, 2, 1, 1, 6]
    # The first picture, a boot: dark at the top, bright at the sole.
    assert whole.read(0)[:3].max() == 0 and whole.read(0)[23].mean() > 150
