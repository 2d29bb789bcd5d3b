import numpy as np
import pytest

from keras_attmask.data import ArraySource
from keras_attmask.data import hold_out
from keras_attmask.errors import InputError


def source(labels=None, count=10):
    images = np.arange(count, dtype="uint8").reshape(count, 1, 1, 1)
    return ArraySource(images, labels)


def places(part):
    return part.images.ravel().tolist()


def test_every_image_is_on_one_side():
    rest, held = hold_out(source(), 0.3, 0)
    assert len(held) == 3 and sorted(places(rest) + places(held)) == [
        *range(10)
    ]
    assert places(held) == sorted(places(held))


def test_classes_are_held_out_alike():
    labels = np.array([0] * 4 + [1] * 4 + [2] * 2)
    rest, held = hold_out(source(labels), 0.25, 0)
    assert held.labels.tolist() == [0, 1, 2]
    assert rest.labels.tolist() == [0, 0, 0, 1, 1, 1, 2]


def test_the_choice_follows_the_seed():
    assert places(hold_out(source(), 0.3, 1)[1]) == places(
        hold_out(source(), 0.3, 1)[1]
    )
    found = {tuple(places(hold_out(source(), 0.3, n)[1])) for n in range(9)}
    assert len(found) > 1


def test_a_class_of_one_image_is_trained_on():
    rest, held = hold_out(source(np.array([0, 1, 1]), 3), 0.9, 0)
    assert held.labels.tolist() == [1] and rest.labels.tolist() == [0, 1]
    with pytest.raises(InputError, match="^data: expected a class of two"):
        hold_out(source(np.array([0, 1]), 2), 0.5, 0)
