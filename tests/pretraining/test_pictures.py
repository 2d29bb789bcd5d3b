import keras
import numpy as np
import pytest
from PIL import Image
from shrunk import recipe

from keras_attmask import build
from keras_attmask.pretraining import pretrain
from keras_attmask.pretraining.pictures import teacher_masks
from keras_attmask.recipe import make_recipe
from keras_attmask.recipe import published


def masks_of(patch_size):
    """Masks of a random teacher over a 28-pixel grid."""
    config = published()
    config.views.global_size = 28
    config.views.local_size = patch_size
    config.backbone.patch_size = patch_size
    config.backbone.num_layers = 1
    config.backbone.num_heads = 2
    config.backbone.hidden_dim = 16
    made = make_recipe(config)
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 3), "uint8")
    teacher = build.backbone(made)
    prepare = build.preprocessing(made)
    return teacher_masks(teacher, made, images, prepare)


@pytest.mark.parametrize(
    "patch_size, hidden, hints",
    [(7, int(16 * 0.3), 1), (2, int(196 * 0.3), int(196 * 0.3 * 0.1))],
    ids=["4x4: one hint", "14x14: the recipe's share"],
)
def test_hints_can_be_seen_on_any_grid(patch_size, hidden, hints):
    attention, masks = masks_of(patch_size)
    for row, high, hint, low in zip(attention, *masks.values()):
        assert high.sum() == low.sum() == hidden
        assert hint.sum() == hidden - hints
        assert not (hint & ~high).any()
        np.testing.assert_allclose(
            row[high].min(), np.sort(row)[-hidden], rtol=1e-6
        )
        np.testing.assert_allclose(
            row[low].max(), np.sort(row)[hidden - 1], rtol=1e-6
        )


@pytest.mark.parametrize("every, steps", [(1, [4, 8]), (3, [8]), (0, [8])])
def test_pictures_while_a_run_goes_on(monkeypatch, tmp_path, every, steps):
    seen, wanted = [], tmp_path / "run" / "masks.png"

    class Board:
        def __init__(self, *arguments, **options):
            pass

        def add_scalar(self, *arguments):
            pass

        def add_image(self, name, pixels, step, dataformats):
            assert name == "masks" and dataformats == "HWC"
            with Image.open(wanted) as image:
                np.testing.assert_array_equal(pixels, image.convert("RGB"))
            seen.append(step)

        def close(self):
            pass

    monkeypatch.setattr("tensorboardX.SummaryWriter", Board)
    pretrain(
        recipe(training__picture_epochs=every),
        tmp_path / "run",
        lambda line: None,
    )
    assert seen == steps and wanted.is_file()
