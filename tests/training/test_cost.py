import pytest

from keras_attmask.recipe import make_recipe
from keras_attmask.recipe import published
from keras_attmask.training.cost import backbone_flops
from keras_attmask.training.cost import hidden_patches
from keras_attmask.training.cost import step_flops


def changed(**fields):
    recipe = published()
    for name, value in fields.items():
        section, field = name.split("__")
        recipe[section][field] = value
    return make_recipe(recipe)


@pytest.mark.parametrize(
    "width, heads, patch, billions",
    # Multiply-adds of ViT-Ti, S and B as they are usually given.
    [(192, 3, 16, 1.26), (384, 6, 16, 4.61), (768, 12, 16, 17.6)],
)
def test_backbones_cost_what_is_known_of_them(width, heads, patch, billions):
    recipe = changed(
        backbone__hidden_dim=width,
        backbone__num_heads=heads,
        backbone__patch_size=patch,
    )
    found = backbone_flops(recipe, 224) / 2e9
    assert found == pytest.approx(billions, rel=0.01)


def test_a_step_is_the_sum_of_its_parts():
    """By hand, in multiply-adds, for one block and small heads."""
    recipe = changed(
        views__global_size=32,
        views__local_crops=0,
        backbone__num_layers=1,
        backbone__hidden_dim=8,
        backbone__num_heads=2,
        head__hidden_dim=16,
        head__bottleneck_dim=4,
        head__num_prototypes=10,
        masking__mask_ratio=(0.5, 0.5),
    )
    assert hidden_patches(recipe) == 1.0  # half of 4, in half of the views
    backbone = 4 * 768 * 8 + 5 * 12 * 64 + 2 * 25 * 8
    bottleneck = 8 * 16 + 16 * 16 + 16 * 4
    teacher = backbone + 5 * bottleneck + 2 * 40
    student = backbone + 2 * (bottleneck + 40)
    assert step_flops(recipe) == 2 * 2 * (teacher + 3 * student)


def test_what_is_left_out_costs_nothing():
    whole = step_flops(changed())
    plain = step_flops(changed(objective__patch_weight=0.0))
    fewer = step_flops(changed(views__local_crops=4))
    assert plain < whole and fewer < whole
    recipe = changed()
    local = backbone_flops(recipe, 96, class_only=True)
    assert local < backbone_flops(recipe, 96)
    assert (whole - fewer) / 6 == pytest.approx(3 * local, rel=0.05)
