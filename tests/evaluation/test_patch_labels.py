import numpy as np

from keras_attmask.data import Preprocessing
from keras_attmask.evaluation.patch_labels import class_shares
from keras_attmask.evaluation.patch_labels import fitted_mask
from keras_attmask.evaluation.patch_labels import mask_patches


def test_shares_are_counted_patch_by_patch_in_the_order_of_tokens():
    mask = np.array(
        [
            [0, 0, 1, 1, 2, 2],
            [0, 1, 1, 1, 2, 255],
            [2, 2, 0, 1, 255, 255],
            [2, 2, 2, 0, 255, 255],
        ],
        "uint8",
    )
    patches = mask_patches(np.stack([mask, mask[::-1]]), 2)
    assert patches[0, 1].tolist() == [1, 1, 1, 1]
    assert patches[0, 4].tolist() == [0, 1, 2, 0]
    shares = class_shares(patches, 3, 255)
    assert shares.dtype == np.float32 and shares.shape == (2, 6, 3)
    assert shares[0].tolist() == [
        [0.75, 0.25, 0],
        [0, 1, 0],
        [0, 0, 0.75],
        [0, 0, 1],
        [0.5, 0.25, 0.25],
        [0, 0, 0],
    ]
    np.testing.assert_array_equal(shares[1, :3], shares[0, 3:])


def test_a_mask_of_the_right_size_stays():
    mask = np.arange(12).reshape(3, 4)
    preprocessing = Preprocessing((3, 4, 1), (0.5,), (0.5,))
    np.testing.assert_array_equal(fitted_mask(mask, preprocessing), mask)


def test_a_mask_is_cut_as_its_image_and_keeps_its_labels():
    mask = np.repeat(np.repeat(np.arange(8).reshape(2, 4), 3, 0), 3, 1)
    # Of 6 x 12 pixels the middle 6 x 6, each third one.
    preprocessing = Preprocessing((2, 2, 1), (0.5,), (0.5,))
    found = fitted_mask(mask, preprocessing)
    assert found.tolist() == [[1, 2], [5, 6]]
    larger = Preprocessing((12, 24, 1), (0.5,), (0.5,))
    np.testing.assert_array_equal(
        fitted_mask(mask, larger), np.repeat(np.repeat(mask, 2, 0), 2, 1)
    )


def test_image_and_mask_stay_together():
    mask = np.zeros((9, 15), "uint8")
    mask[2:7, 5:11] = 1
    preprocessing = Preprocessing((18, 18, 1), (0.0,), (1.0,), 0.9)
    image = np.asarray(preprocessing(255.0 * mask[None, ..., None]))[0, ..., 0]
    assert ((image > 0.5) == fitted_mask(mask, preprocessing)).mean() > 0.95
