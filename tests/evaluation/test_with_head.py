import keras
import numpy as np
import pytest

from keras_attmask.applications import ViTTiny16
from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation.features import Answers
from keras_attmask.evaluation.with_head import decided
from keras_attmask.evaluation.with_head import has_head
from keras_attmask.evaluation.with_head import numbers_of
from keras_attmask.evaluation.with_head import outputs_of
from keras_attmask.evaluation.with_head import with_head
from keras_attmask.models import Classifier
from keras_attmask.models import VisionTransformer


@pytest.fixture(scope="module")
def backbone():
    return VisionTransformer((8, 8, 3), 4, 1, 1, 4)


def test_what_has_a_head(backbone):
    assert has_head(Classifier(backbone, ["a", "b"])) and not has_head(backbone)
    images = keras.Input((8, 8, 3))
    token = backbone(images)["class_token"]
    assert not has_head(keras.Model(images, token))
    scores = keras.Model(images, keras.layers.Dense(7)(token))
    assert has_head(scores) and outputs_of(scores) == 7
    with_head(scores)


def test_models_of_applications():
    shape = (32, 32, 3)
    whole = ViTTiny16(weights=None, input_shape=shape, classes=3)
    assert has_head(whole) and outputs_of(whole) == 3
    for pooling in (None, "avg", "token"):
        part = ViTTiny16(
            False, weights=None, input_shape=shape, pooling=pooling
        )
        assert not has_head(part)


def test_images_are_prepared_as_the_backbone_knows(backbone):
    known = Preprocessing((8, 8, 3), [0.5] * 3, [0.5] * 3)
    classifier = Classifier(backbone, ["a", "b"])
    assert with_head(classifier).preprocessing.crop_ratio == 0.875
    backbone.preprocessing = known
    assert with_head(classifier).preprocessing is known
    reader = Reader(classifier, known)
    assert with_head(reader) is reader


def test_a_backbone_alone_learns_a_head():
    keras.utils.set_random_seed(0)
    backbone = VisionTransformer((8, 8, 3), 4, 1, 1, 8)
    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    # The left half is bright, or the right one.
    pixels = random.integers(0, 60, (80, 8, 8, 3), "uint8")
    pixels[labels == 0, :, :4] += 190
    pixels[labels == 1, :, 4:] += 190
    train = ArraySource(pixels, labels, ["left", "right"])
    reader = with_head(backbone, train=train)
    assert reader.backbone.names == ("left", "right")
    assert reader.backbone.backbone is backbone
    assert reader.backbone.num_blocks == 1  # not four: there are no more
    found = decided(reader.answers(Answers, train))
    assert np.mean(found == labels) > 0.9


def test_who_learns_needs_images_and_who_has_learnt_none(backbone):
    with pytest.raises(InputError, match="^train: expected labelled .*none"):
        with_head(backbone)
    with pytest.raises(InputError, match="^train: expected images with labels"):
        with_head(backbone, train=np.zeros((2, 8, 8, 3), "uint8"))
    with pytest.raises(InputError, match="^train: expected none beside .*'x'"):
        with_head(Classifier(backbone, ["a", "b"]), train="x")


def test_classes_without_names_are_numbers(backbone):
    pixels = np.zeros((3, 8, 8, 3), "uint8")
    network = Classifier(backbone, ["b", "a"])
    plain = ArraySource(pixels, [0, 1, 1])
    named = ArraySource(pixels, [0, 1, 1], ["a", "b"])
    assert numbers_of(plain, network).tolist() == [0, 1, 1]
    assert numbers_of(named, network).tolist() == [1, 0, 0]


def test_the_first_of_the_greatest_is_meant_and_no_number_is_none():
    nan = float("nan")
    answers = [[1, 3, 3], [2, 2, 2], [nan, nan, nan], [0, nan, 5]]
    assert decided(answers).tolist() == [1, 0, -1, -1]


def test_a_broken_backbone_is_not_told_of_its_teachers():
    broken = VisionTransformer((8, 8, 3), 4, 1, 1, 4)
    broken.set_weights([np.nan * w for w in broken.get_weights()])
    images = np.zeros((4, 8, 8, 3), "uint8"), [0, 1, 0, 1]
    with pytest.raises(InputError, match="^backbone: expected finite"):
        with_head(broken, train=images)
    with pytest.raises(InputError, match="^train: expected .* labels"):
        with_head(broken, train=images[0])
