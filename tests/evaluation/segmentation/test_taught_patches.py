import numpy as np
import pytest
from field_images import DATA
from field_images import PREPROCESSING
from field_images import make_backbone
from field_images import make_part
from keras import ops

from keras_attmask.data.segmented import segmented
from keras_attmask.errors import InputError
from keras_attmask.evaluation import PatchTokens
from keras_attmask.evaluation import Reader
from keras_attmask.evaluation import answers_of
from keras_attmask.evaluation.segmentation.taught_patches import taught_patches
from keras_attmask.evaluation.segmentation.truth import Truth
from keras_attmask.one_program import call_as_one

PART = segmented(DATA[0])


@pytest.fixture(scope="module")
def reader():
    return Reader(make_backbone(), PREPROCESSING, 5)


@pytest.fixture(scope="module")
def truth():
    return Truth((PART, segmented(DATA[1])), PREPROCESSING, 255)


def test_patch_tokens_of_a_source_are_those_of_the_backbone():
    backbone, source = make_backbone(), DATA[1].source
    found = answers_of(PatchTokens(backbone), source, PREPROCESSING, 4)
    images = PREPROCESSING(source.images)
    expected = call_as_one(backbone, images, training=False)["patch_tokens"]
    assert found.shape == (6, 24, 16)
    np.testing.assert_allclose(
        found, ops.convert_to_numpy(expected), rtol=0, atol=1e-5
    )


def test_where_there_is_room_all_patches_are_held(reader, truth):
    taught = taught_patches(reader, PART, truth, 24 * 24)
    expected = reader.answers(PatchTokens, PART.source)
    np.testing.assert_allclose(taught.tokens, expected, rtol=0, atol=1e-5)
    assert taught.labels.shape == (24, 24, 16)
    assert taught.labels.dtype == "uint8"
    np.testing.assert_array_equal(
        taught.labels[3, :, 0], PART.mask(3)[::4, ::4].ravel()
    )


def place_of(token, tokens):
    (found,) = np.flatnonzero(np.abs(tokens - token).max(axis=1) < 1e-4)
    return found


def test_images_give_equally_many_where_there_is_none(reader, truth):
    taught = taught_patches(reader, PART, truth, 24 * 7 + 5, seed=1)
    tokens = reader.answers(PatchTokens, PART.source)
    assert taught.tokens.shape == (24, 7, 16)
    places = np.array(
        [
            [place_of(token, tokens[image]) for token in taught.tokens[image]]
            for image in range(24)
        ]
    )
    assert (np.diff(places, axis=1) > 0).all() and len(np.unique(places)) == 24
    masks = np.stack([PART.mask(i)[::4, ::4].ravel() for i in range(24)])
    np.testing.assert_array_equal(
        taught.labels[..., 0], np.take_along_axis(masks, places, axis=1)
    )
    again = taught_patches(reader, PART, truth, 24 * 7 + 5, seed=1)
    np.testing.assert_array_equal(taught.labels, again.labels)


def test_of_too_many_images_some_are_drawn(reader, truth):
    taught = taught_patches(reader, PART, truth, 10)
    assert taught.tokens.shape == (10, 1, 16)


def test_masks_without_classes_teach_nothing(reader):
    part = make_part(3, 0)
    part.masks[:] = 255
    truth = Truth((segmented(part),) * 2, PREPROCESSING, 255)
    with pytest.raises(InputError, match="^data: expected train masks with"):
        taught_patches(reader, segmented(part), truth, 100)


def test_a_broken_network_is_named(truth):
    backbone = make_backbone()
    backbone.norm.gamma.assign(np.full(16, np.nan))
    reader = Reader(backbone, PREPROCESSING)
    with pytest.raises(InputError, match="^backbone: .*got NaN or infinity$"):
        taught_patches(reader, PART, truth, 100)
