import numpy as np
import pytest

from keras_attmask.data import make_scenes
from keras_attmask.data.bundled import open_bundled
from keras_attmask.data.garments import cut_out
from keras_attmask.data.garments import silhouette
from keras_attmask.errors import InputError


@pytest.fixture(scope="module")
def scenes():
    return make_scenes("train", 20, (60, 90), (2, 4), (0.8, 1.5), seed=3)


def test_a_silhouette_has_its_dark_spots_and_not_the_ground():
    picture = np.zeros((6, 7), "uint8")
    picture[1:5, 2:6] = 200
    picture[2, 3] = picture[3, 5] = 0  # a spot within, a notch at the edge
    picture[0, 0] = 5  # not quite black
    expected = np.zeros((6, 7), bool)
    expected[1:5, 2:6] = True
    expected[3, 5] = False
    np.testing.assert_array_equal(silhouette(picture), expected)


def test_every_photograph_has_a_silhouette():
    pictures = open_bundled("fashion_mnist/test").images[..., 0]
    shares = np.array([silhouette(picture).mean() for picture in pictures])
    assert 0.02 < shares.min() and shares.max() <= 1
    assert 0.2 < np.median(shares) < 0.8


def test_a_cut_out_is_the_photograph_without_margins():
    picture = np.zeros((9, 9), "uint8")
    picture[2:6, 3:8] = np.arange(100, 120).reshape(4, 5)
    grey, inside = cut_out(picture, 1)
    np.testing.assert_array_equal(grey, picture[2:6, 3:8])
    assert inside.all()
    grey, inside = cut_out(picture, 2.5)
    assert grey.shape == inside.shape == (10, 12)


def test_boxes_are_those_of_the_masks(scenes):
    for boxes, classes, mask in zip(scenes.boxes, scenes.classes, scenes.masks):
        shown = classes >= 0
        assert (boxes[~shown] == -1).all()
        assert len({*classes[shown]}) == shown.sum() > 0
        assert {*np.unique(mask)} == {0, *(1 + classes[shown])}
        for box, label in zip(boxes[shown], classes[shown]):
            rows, columns = np.nonzero(mask == 1 + label)
            assert box.tolist() == [
                columns.min(),
                rows.min(),
                columns.max() + 1,
                rows.max() + 1,
            ]


def test_most_garments_find_a_place_and_few_touch(scenes):
    found = (scenes.classes >= 0).sum(axis=1)
    assert found.min() >= 1 and found.mean() > 2
    assert scenes.images.shape == (20, 60, 90, 3)
    assert len(scenes) == len(scenes.source) == 20
    assert scenes.class_names[9] == "Ankle boot"


def test_garments_stand_out_of_a_ground_that_varies(scenes):
    inside = scenes.masks > 0
    pixels = scenes.images.astype("float32")
    assert pixels[inside].mean() > pixels[~inside].mean() + 30
    ground = [image[mask == 0] for image, mask in zip(pixels, scenes.masks)]
    assert np.std([part.mean(axis=0) for part in ground]) > 5  # by scene
    assert np.mean([part.std(axis=0) for part in ground]) > 5  # within one


def test_a_scene_follows_from_seed_and_index_alone(scenes):
    again = make_scenes("train", 7, (60, 90), (2, 4), (0.8, 1.5), seed=3)
    for name in ("images", "boxes", "classes", "masks"):
        np.testing.assert_array_equal(
            getattr(again, name), getattr(scenes, name)[:7]
        )
    other = make_scenes("train", 7, (60, 90), (2, 4), (0.8, 1.5), seed=4)
    assert (other.images != again.images).mean() > 0.5


def test_train_and_test_show_different_photographs():
    train, test = (
        {p.tobytes() for p in open_bundled(f"fashion_mnist/{split}").images}
        for split in ("train", "test")
    )
    assert not train & test
    train, test = (make_scenes(split, 3) for split in ("train", "test"))
    assert (train.images != test.images).mean() > 0.5


@pytest.mark.parametrize(
    "change, words",
    [
        ({"split": "val"}, "split: expected train or test, got 'val'"),
        ({"count": 0}, "count: .* got 0"),
        ({"size": (112,)}, r"size: .* got \(112,\)"),
        ({"garments": (0, 2)}, r"garments: .* 1 to 10, got \(0, 2\)"),
        ({"garments": (3, 11)}, r"garments: .* got \(3, 11\)"),
        ({"scale": (2, 1)}, r"scale: .* got \(2, 1\)"),
        ({"size": (40, 90)}, r"scale: .* fit in \(40, 90\), got"),
    ],
)
def test_mistakes_are_one_line(change, words):
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        make_scenes(**{"split": "train", "count": 2, **change})
