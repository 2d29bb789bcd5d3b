import numpy as np
import pytest

from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import ClassTokens
from keras_attmask.evaluation import PatchTokens
from keras_attmask.evaluation import Reader
from keras_attmask.models import VisionTransformer


def backbone(channels=3):
    return VisionTransformer((8, 8, channels), 4, 2, 2, 16)


def source(count=5, channels=3):
    shape = count, 8, 8, channels
    return ArraySource(
        np.random.default_rng(0).integers(0, 256, shape, "uint8")
    )


def test_images_are_prepared_as_for_imagenet_or_as_the_backbone_knows():
    network = backbone()
    found = Reader(network).preprocessing
    assert found.image_shape == (8, 8, 3) and found.crop_ratio == 0.875
    assert found.mean == (0.485, 0.456, 0.406)
    network.preprocessing = Preprocessing((8, 8, 3), [0.5] * 3, [0.5] * 3)
    assert Reader(network).preprocessing is network.preprocessing
    assert Reader(network, found).preprocessing is found


def test_nothing_is_known_of_two_channels():
    with pytest.raises(InputError, match="^preprocessing: .* 2 channels"):
        Reader(backbone(2))


def test_a_reader_goes_from_protocol_to_protocol():
    reader = Reader(backbone())
    assert Reader.of(reader) is reader
    assert Reader.of(reader, reader.preprocessing) is reader
    other = Preprocessing((8, 8, 3), [0.5] * 3, [0.5] * 3)
    with pytest.raises(InputError, match="^preprocessing: "):
        Reader.of(reader, other)
    with pytest.raises(InputError, match="^batch_size: .* got 0"):
        Reader(backbone(), batch_size=0)


def test_batches_are_the_answers():
    reader = Reader(backbone(), batch_size=2)
    images = source()
    whole = reader.answers(PatchTokens, images)
    assert whole.shape == (5, 4, 16)
    for found, place in reader.batches(PatchTokens, images):
        assert (found == whole[place]).all()
    assert reader.asked(PatchTokens) is reader.asked(PatchTokens)
    assert (
        reader.class_tokens(images) == reader.answers(ClassTokens, images)
    ).all()
