"""The parts in a row, compiled, on any backend."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
from keras import ops
from operations_by_pillow import photo

from keras_attmask import counter_random
from keras_attmask.augmentation import Augmentation
from keras_attmask.augmentation.augmentation import ERASING
from keras_attmask.augmentation.augmentation import MIXING
from keras_attmask.augmentation.augmentation import RAND_AUGMENT
from keras_attmask.augmentation.mixing import draw_mixing
from keras_attmask.augmentation.mixing import mix
from keras_attmask.augmentation.rand_augment import rand_augment
from keras_attmask.augmentation.rand_draws import draw_operations
from keras_attmask.augmentation.random_erasing import draw_erasing
from keras_attmask.augmentation.random_erasing import erase
from keras_attmask.augmentation_settings import AugmentationSettings
from keras_attmask.data import view_draws
from keras_attmask.errors import InputError
from keras_attmask.one_program import as_one

OFF = AugmentationSettings(
    rand_augment=0.0, random_erasing=0.0, mixup=0.0, cutmix=0.0
)
ALL = AugmentationSettings(random_erasing=0.5)
MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
ROWS = 10
PIXELS = np.stack([photo(20, 28, seed=n) for n in range(ROWS)])
TARGETS = np.eye(ROWS, dtype="float32")
KEYS = counter_random.fold_in(3, np.arange(ROWS), np)

# Of ALL, on every backend: the mean of each image without its sign, and what
# its label keeps.
RECORDED_MEANS = [0.626, 0.3311, 0.3618, 1.2293, 1.0272]
RECORDED_MEANS += [0.4678, 0.3475, 0.3908, 0.2676, 0.3535]
RECORDED_SHARES = [0.36059, 0.90357, 0.90934, 0.75714, 0.72143]
RECORDED_SHARES += [0.47808, 0.11155, 0.49142, 0.65714, 0.28263]


@functools.cache
def compiled(settings, mean, std):
    """The augmentation in one program, as a training step would have it."""
    augment, backend = (
        Augmentation(settings, mean, std),
        keras.backend.backend(),
    )
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(augment, jit_compile=True)
    if backend == "jax":
        import jax

        return jax.jit(augment)
    return augment


def run(
    settings, pixels=PIXELS, targets=TARGETS, keys=KEYS, mean=MEAN, std=STD
):
    arguments = map(ops.convert_to_tensor, (pixels, targets, keys))
    found = compiled(settings, mean, std)(*arguments)
    images, labels = map(ops.convert_to_numpy, found)
    assert images.dtype == labels.dtype == "float32"
    assert images.shape == pixels.shape and labels.shape == targets.shape
    return images, labels


@pytest.fixture(scope="module")
def everything():
    return run(ALL)


def test_nothing_but_normalisation():
    images, labels = run(OFF)
    expected = (PIXELS / 255.0 - MEAN) / STD
    np.testing.assert_allclose(images, expected, atol=1e-5)
    np.testing.assert_array_equal(labels, TARGETS)


def one_after_another(settings):
    """The parts called one by one, in their order."""
    x = ops.convert_to_tensor(np.moveaxis(PIXELS, -1, 1), "float32")
    keys = ops.convert_to_tensor(KEYS)
    targets = ops.convert_to_tensor(TARGETS)

    def key(number):
        return counter_random.fold_in(keys, number)

    if settings.rand_augment:
        magnitude, count = settings.rand_augment, settings.rand_augment_ops
        drawn = draw_operations(key(RAND_AUGMENT), magnitude, count)
        x = as_one(rand_augment, x, drawn, fill=tuple(255 * v for v in MEAN))
    x = np.moveaxis(ops.convert_to_numpy(x), 1, -1)
    x = ops.convert_to_tensor((x / 255.0 - MEAN) / STD, "float32")
    if settings.random_erasing:
        boxes = draw_erasing(key(ERASING), settings.random_erasing, 20, 28)
        x = as_one(erase, x, boxes, key(ERASING))
    if settings.mixes:
        drawn = draw_mixing(key(MIXING), settings, 20, 28)
        x, targets = as_one(mix, x, targets, **drawn)
    return ops.convert_to_numpy(x), ops.convert_to_numpy(targets)


@pytest.mark.parametrize(
    "changes",
    [
        {"rand_augment": 9.0},
        {"rand_augment": 2.0, "rand_augment_ops": 3},
        {"random_erasing": 0.5},
        {"random_erasing": 1.0},
        {"mixup": 0.8},
        {"cutmix": 1.0},
        {"mixup": 0.8, "mix_probability": 0.5},
        {"mixup": 0.8, "cutmix": 1.0, "switch_probability": 0.9},
        dataclasses.asdict(ALL),
    ],
)
def test_parts_come_in_order_and_each_setting_counts(changes):
    settings = dataclasses.replace(OFF, **changes)
    images, labels = run(settings)
    expected, expected_labels = one_after_another(settings)
    # A level of a table may round the other way in another program.
    close = np.isclose(images, expected, atol=1e-4).mean()
    assert close > 0.995
    np.testing.assert_allclose(labels, expected_labels, atol=1e-6)
    np.testing.assert_allclose(labels.sum(-1), 1.0, atol=1e-6)
    plain = (PIXELS / 255.0 - MEAN) / STD
    assert np.abs(images - plain).max() > 0.1
    assert np.array_equal(labels, TARGETS) != settings.mixes


def test_no_mixing_leaves_the_labels():
    settings = dataclasses.replace(ALL, mix_probability=0.0)
    _, labels = run(settings)
    np.testing.assert_array_equal(labels, TARGETS)


def test_the_same_key_gives_the_same(everything):
    again = run(ALL)
    np.testing.assert_array_equal(again[0], everything[0])
    np.testing.assert_array_equal(again[1], everything[1])
    other = run(ALL, keys=counter_random.fold_in(4, np.arange(ROWS), np))
    assert np.abs(other[0] - everything[0]).mean() > 0.1


def test_an_image_does_not_depend_on_the_others():
    settings = dataclasses.replace(ALL, mixup=0.0, cutmix=0.0)
    whole, _ = run(settings)
    part, _ = run(settings, PIXELS[5:7], TARGETS[5:7], KEYS[5:7])
    np.testing.assert_allclose(part, whole[5:7], atol=1e-4)
    assert np.abs(whole[5] - whole[6]).mean() > 0.1


def test_every_backend_finds_the_same(everything):
    """Numbers recorded once, for all backends."""
    images, labels = everything
    found = np.abs(images).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(found, RECORDED_MEANS, rtol=2e-3)
    np.testing.assert_allclose(np.diag(labels), RECORDED_SHARES, atol=1e-5)


def test_bytes_and_floats_are_the_same_pixels(everything):
    images, _ = run(ALL, pixels=PIXELS.astype("float32"))
    np.testing.assert_allclose(images, everything[0], atol=1e-4)


def test_one_channel():
    pixels = np.stack([photo(20, 28, 1, n) for n in range(ROWS)])
    images, labels = run(ALL, pixels, mean=(0.5,), std=(0.25,))
    assert np.isfinite(images).all()
    assert np.abs(images - (pixels / 255.0 - 0.5) / 0.25).mean() > 0.1
    np.testing.assert_allclose(labels.sum(-1), 1.0, atol=1e-6)


def test_draws_stand_beside_those_of_a_view():
    """A key that crops and flips an image may be given here, too."""
    ours = {RAND_AUGMENT, ERASING, MIXING}
    theirs = {
        view_draws.CROP,
        view_draws.FLIP,
        view_draws.JITTER,
        view_draws.GREY,
        view_draws.BLUR,
        view_draws.SOLARIZE,
        view_draws.MODEL,
    }
    assert len(ours) == 3 and not ours & theirs


@pytest.mark.parametrize(
    "mean, std, words",
    [
        ((0.5, 0.5), (0.2,), r"std: expected 2 numbers.*\(0.2,\)"),
        ((0.5,), (0.0,), "std: expected 1 numbers above 0"),
        ((), (), "std: expected"),
    ],
)
def test_mean_and_std_must_fit(mean, std, words):
    with pytest.raises(InputError, match=words):
        Augmentation(ALL, mean, std)


def test_pixels_must_fit():
    augment = Augmentation(ALL, MEAN, STD)
    with pytest.raises(InputError, match="pixels: expected 3 channels.*got 1"):
        augment(PIXELS[..., :1], TARGETS, KEYS)
