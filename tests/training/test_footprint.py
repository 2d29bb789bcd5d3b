import pytest

from keras_attmask.recipe import make_recipe
from keras_attmask.training.footprint import fixed_bytes
from keras_attmask.training.footprint import image_bytes
from keras_attmask.training.footprint import step_bytes


def recipe(local_crops=10, **training):
    return make_recipe(
        {"training": training, "views": {"local_crops": local_crops}}
    )


def test_a_parameter_has_a_value_a_slope_two_moments_and_a_teacher():
    assert fixed_bytes(recipe(), 7) == 7 * 5 * 4
    parts = recipe(batch_size=8, accumulation=2)
    assert fixed_bytes(parts, 7) == 7 * 6 * 4
    half = recipe(dtype="mixed_bfloat16")
    assert fixed_bytes(half, 7) == 7 * (5 * 4 + 2 * 2)


def test_an_image_by_hand():
    """One block of width 8 on a view of 2 x 2 patches, nothing hidden."""
    found = image_bytes(
        make_recipe(
            {
                "views": {
                    "global_crops": 2,
                    "local_crops": 0,
                    "global_size": 32,
                },
                "backbone": {
                    "num_layers": 1,
                    "hidden_dim": 8,
                    "num_heads": 2,
                },
                "head": {"hidden_dim": 16, "bottleneck_dim": 4},
                "objective": {"patch_weight": 0.0},
            }
        )
    )
    pixels = 2 * 32 * 32 * 3
    block = 2 * (5 * (8 * 8 + 2 * 32) + 2 * 25)
    head = 2 * (4 * 16 + 4)
    assert found == 4 * (pixels + block + head)


def test_it_is_of_the_size_that_was_measured():
    """PyTorch: 304 MB an image of the published ViT-S/16 step."""
    assert image_bytes(recipe()) == pytest.approx(304e6, rel=0.2)


def test_settings_that_save_memory_do():
    plain = recipe(batch_size=16)
    for change in (
        {"remat": True},
        {"accumulation": 4},
        {"dtype": "mixed_bfloat16"},
    ):
        less = recipe(batch_size=16, **change)
        assert step_bytes(less, 29_000_000) < step_bytes(plain, 29_000_000)
