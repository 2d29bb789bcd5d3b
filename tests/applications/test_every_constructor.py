"""What all constructors have in common, as deep as `depth` says."""

import dataclasses

import keras
import numpy as np
import pytest
from depth import FULL
from depth import ROWS
from depth import made
from depth import shape_of
from depth import title
from keras import ops

from keras_attmask import applications
from keras_attmask.applications import architectures
from keras_attmask.applications.vision_transformers import constructor

# Of the others one block fills a file of 50 megabytes.
QUICK = [row for row in ROWS if FULL or row.hidden_dim < 1024]


@pytest.fixture(params=ROWS, ids=title)
def row(request):
    return made(request.param)


@pytest.fixture(params=QUICK, ids=title)
def quick(request):
    return made(request.param)


def images_for(row, count=2):
    random = np.random.default_rng(0)
    return random.normal(size=(count, *shape_of(row))).astype("float32")


def answer(model, images):
    return ops.convert_to_numpy(model(images, training=False))


def test_there_are_ten():
    found = {name for name in vars(applications) if name.startswith("ViT")}
    assert found == {row.title for row in ROWS} and len(ROWS) == 10


@pytest.mark.parametrize("row", ROWS, ids=title)
def test_names_and_documents(row):
    construct = getattr(applications, row.title)
    assert construct.__name__ == construct.__qualname__ == row.title
    assert construct.__doc__.startswith(f"{row.title}: a Vision Transformer")
    assert f"patches of {row.patch_size} pixels" in construct.__doc__
    assert ("register tokens" in construct.__doc__) == bool(row.num_registers)
    assert "{" not in construct.__doc__
    assert max(map(len, construct.__doc__.splitlines())) <= 80


@pytest.mark.parametrize(
    "row, heads, size, count",
    [
        (architectures.TINY_8, 3, 224, 5_526_720),
        (architectures.TINY_16, 3, 224, 5_524_416),
        (architectures.SMALL_8, 6, 224, 21_670_272),
        # DINOv2's own 22,056,576, its mask token left out, 4 registers in.
        (architectures.SMALL_14, 6, 518, 22_056_576 + 3 * 384),
        (architectures.SMALL_16, 6, 224, 21_665_664),
        (architectures.BASE_8, 12, 224, 85_807_872),
        (architectures.BASE_14, 12, 518, 86_580_480 + 3 * 768),
        (architectures.BASE_16, 12, 224, 85_798_656),
        (architectures.LARGE_8, 16, 224, 303_313_920),
        (architectures.LARGE_16, 16, 224, 303_301_632),
    ],
    ids=lambda value: getattr(value, "title", None),
)
def test_published_parameter_counts(row, heads, size, count):
    """Counted on one block and two: whole, the largest takes gigabytes."""
    one, two = (
        constructor(dataclasses.replace(row, num_layers=depth))(
            False, input_shape=(size, size, 3)
        )
        for depth in (1, 2)
    )
    block = two.count_params() - one.count_params()
    assert one.count_params() + (row.num_layers - 1) * block == count
    assert row.num_heads == heads
    assert one.name == row.title.lower().replace("vit", "vit_")


def test_224_pixels_unless_told(row):
    model = constructor(row)(include_top=False)
    side = 224 // row.patch_size
    assert model.input_shape == (None, 224, 224, 3)
    assert model.output_shape == (None, side, side, row.hidden_dim)


def test_a_copy_from_its_config_has_the_same_graph(row):
    model = constructor(row)(False, None, None, shape_of(row), "token+avg")
    twin = keras.Model.from_config(model.get_config())
    assert twin.get_config() == model.get_config()
    shapes = [variable.shape for variable in model.variables]
    assert [variable.shape for variable in twin.variables] == shapes


def test_weights_come_back_from_both_kinds_of_file(quick, tmp_path):
    settings = {"input_shape": shape_of(quick), "classes": 7}
    model = constructor(quick)(**settings)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    for twin in (
        keras.models.load_model(tmp_path / "model.keras"),
        constructor(quick)(**settings, weights=tmp_path / "model.weights.h5"),
    ):
        assert twin.output_shape == (None, 7)
        for old, new in zip(model.get_weights(), twin.get_weights()):
            np.testing.assert_array_equal(old, new)


def test_any_batch_of_a_shape_that_is_no_square(quick):
    model = constructor(quick)(False, input_shape=shape_of(quick))
    assert model.output_shape == (None, 2, 3, quick.hidden_dim)
    images = images_for(quick, 3)
    together = answer(model, images)
    assert together.shape == (3, 2, 3, quick.hidden_dim)
    alone = answer(model, images[1:2])
    np.testing.assert_allclose(together[1:2], alone, rtol=0, atol=1e-4)


def test_mixed_precision(quick):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = constructor(quick)(input_shape=shape_of(quick), classes=7)
    finally:
        keras.config.set_dtype_policy(before)
    assert model.get_layer("backbone").compute_dtype == "bfloat16"
    assert {variable.dtype for variable in model.variables} == {"float32"}
    scores = answer(model, images_for(quick))
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=0, atol=1e-5)
