import dataclasses
import types

import numpy as np
import pytest
from keras import ops

from keras_attmask.data import ArraySource
from keras_attmask.data import Preprocessing
from keras_attmask.errors import InputError
from keras_attmask.evaluation import PatchTokens
from keras_attmask.evaluation import answers_of
from keras_attmask.evaluation import segmentation_probe
from keras_attmask.models import VisionTransformer
from keras_attmask.one_program import call_as_one

PREPROCESSING = Preprocessing((16, 24, 1), (0.5,), (0.25,))


def make_backbone():
    backbone = VisionTransformer((8, 8, 1), 4, 1, 1, 16)
    for variable in backbone.trainable_variables:
        if variable.name == "kernel":  # an untrained network sees too little
            variable.assign(5 * variable)
    return backbone


def make_part(count, seed):
    """Bright and striped fields of whole patches on dark ground."""
    random = np.random.default_rng(seed)
    fields = random.integers(0, 3, (count, 4, 6))
    masks = fields.repeat(4, 1).repeat(4, 2).astype("uint8")
    stripes = np.where(np.arange(24) % 2, 250, 60)
    images = np.choose(masks, [10, 200, stripes])[..., None]
    noise = random.normal(0, 5, images.shape)
    images = np.clip(images + noise, 0, 255).astype("uint8")
    return types.SimpleNamespace(source=ArraySource(images), masks=masks)


DATA = make_part(24, 0), make_part(6, 1)


def test_patch_tokens_of_a_source_are_those_of_the_backbone():
    backbone, source = make_backbone(), DATA[1].source
    found = answers_of(PatchTokens(backbone), source, PREPROCESSING, 4)
    images = PREPROCESSING(source.images)
    expected = call_as_one(backbone, images, training=False)["patch_tokens"]
    assert found.shape == (6, 24, 16)
    np.testing.assert_allclose(
        found, ops.convert_to_numpy(expected), rtol=0, atol=1e-5
    )


def test_the_probe_learns_what_patches_show_and_repeats():
    backbone = make_backbone()
    before = [ops.convert_to_numpy(w) for w in backbone.weights]
    scores = [
        segmentation_probe(backbone, DATA, PREPROCESSING, epochs=2)
        for _ in range(2)
    ]
    assert scores[0].keys() == {"miou", "pixel_accuracy"}
    # Edges of patches are blurred by the bilinear enlargement.
    assert scores[0]["miou"] > 0.85 and scores[0]["pixel_accuracy"] > 0.9
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    for old, new in zip(before, backbone.weights):
        np.testing.assert_array_equal(old, ops.convert_to_numpy(new))


def test_masks_of_other_images_teach_nothing():
    wrong = types.SimpleNamespace(
        source=DATA[0].source, masks=make_part(24, 2).masks
    )
    scores = segmentation_probe(
        make_backbone(), (wrong, DATA[1]), PREPROCESSING, epochs=2
    )
    assert scores["miou"] < 0.4 and scores["pixel_accuracy"] < 0.6


def test_ignored_pixels_do_not_count():
    train, test = (
        types.SimpleNamespace(
            source=part.source, masks=np.where(part.masks == 2, 255, part.masks)
        )
        for part in DATA
    )
    settings = dict(epochs=2)
    backbone = make_backbone()
    scores = segmentation_probe(backbone, DATA, PREPROCESSING, **settings)
    two = segmentation_probe(backbone, (train, test), PREPROCESSING, **settings)
    assert two["pixel_accuracy"] > scores["pixel_accuracy"]


def change_part(**change):
    return types.SimpleNamespace(**{**vars(DATA[1]), **change})


@pytest.mark.parametrize(
    "part, shape, settings, words",
    [
        (change_part(masks=DATA[1].masks[1:]), 16, {}, "data: .* 6 test .* 5"),
        (
            change_part(masks=DATA[1].masks[..., None]),
            16,
            {},
            r"data: .* \(16, 24, 1\) in the test masks",
        ),
        (
            change_part(masks=DATA[1].masks / 2),
            16,
            {},
            "data: .* got float64",
        ),
        (DATA[1], 18, {}, "preprocessing: .* multiples of .* 4, got 18x24"),
        (DATA[1], 16, {"epochs": 0}, "epochs: .* got 0"),
        (DATA[1], 16, {"batch_size": 0}, "batch_size: .* got 0"),
        (DATA[1], 16, {"learning_rate": -1}, "learning_rate: .* got -1"),
    ],
)
def test_mistakes_are_one_line(part, shape, settings, words):
    preprocessing = dataclasses.replace(
        PREPROCESSING, image_shape=(shape, 24, 1)
    )
    with pytest.raises(InputError, match=f"^{words}[^\n]*$"):
        segmentation_probe(
            make_backbone(), (DATA[0], part), preprocessing, **settings
        )
