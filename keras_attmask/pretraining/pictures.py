"""Pictures of a run: which images, masks and curves they show."""

import dataclasses
import functools
import json
import pathlib

import numpy as np
from keras import ops

from keras_attmask import build
from keras_attmask.applications import load_backbone
from keras_attmask.data import open_source
from keras_attmask.data import readable
from keras_attmask.errors import InputError
from keras_attmask.models.preset_reader import preset_of
from keras_attmask.one_program import as_one
from keras_attmask.one_program import call_as_one
from keras_attmask.recipe import make_recipe
from keras_attmask.visualize import curve_sheet
from keras_attmask.visualize import mask_sheet

_PICTURES = 8
_COMPARED = ("high", "hint", "low")


def some_images(source, preprocessing):
    """A few images of the backbone's shape, uint8, spread over a source."""
    count = min(_PICTURES, len(source))
    chosen = np.linspace(0, len(source) - 1, count).astype(int)
    unit = dataclasses.replace(
        preprocessing,
        mean=(0.0,) * len(preprocessing.mean),
        std=(1.0,) * len(preprocessing.std),
    )
    read = [readable(source.read, index, len(source)) for index in chosen]
    images = [
        ops.convert_to_numpy(as_one(unit, image[None]))[0] for image in read
    ]
    return np.clip(np.round(np.stack(images) * 255), 0, 255).astype("uint8")


def teacher_masks(teacher, recipe, images, preprocessing):
    """Class attention and the masks of high, hint and low.

    Args:
        teacher: a `VisionTransformer`.
        recipe: its `Recipe`; tells ratios.
        images: uint8 `(B, H, W, C)` of the backbone's shape.
        preprocessing: see `data.Preprocessing`.

    Returns:
        Attention float32 `(B, N)`, and a dict of bool masks `(B, N)` with
        the middle of the recipe's mask ratio, without gate. Where the
        recipe's share of hints rounds down to none, as on small grids,
        there is one. Chance depends on the recipe's seed alone.
    """
    found = call_as_one(
        teacher, as_one(preprocessing, images), outputs=("class_attention",)
    )
    attention = ops.convert_to_numpy(found["class_attention"])
    middle = sum(recipe.masking.mask_ratio) / 2
    hint_ratio = max(recipe.masking.hint_ratio, 0.1)
    hidden = middle * attention.shape[-1]
    if hidden >= 1.0:
        hint_ratio = max(hint_ratio, min(1.0, 1.001 / hidden))
    masks = {}
    for strategy in _COMPARED:
        masks[strategy] = ops.convert_to_numpy(
            call_as_one(
                _ungated(strategy, hint_ratio, middle),
                attention,
                grid=teacher.grid,
                sample_key=np.arange(len(images), dtype="int32"),
                step_key=np.array([recipe.training.seed], "int32"),
            )
        )
    return attention, masks


@functools.cache
def _ungated(strategy, hint_ratio, mask_ratio):
    """The same layer for each picture of a run: JAX compiles it once."""
    return build.AttentionGuidedMasking(
        strategy, hint_ratio, mask_ratio=mask_ratio, masking_probability=1.0
    )


def draw_masks(teacher, recipe, source, target):
    """Writes images, attention and masks of a source as a PNG.

    Args:
        teacher: a `VisionTransformer`.
        recipe: its `Recipe`.
        source: images to draw.
        target: path of the PNG.
    """
    preprocessing = build.preprocessing(recipe)
    images = some_images(source, preprocessing)
    attention, masks = teacher_masks(teacher, recipe, images, preprocessing)
    mask_sheet(images, attention, masks, teacher.grid, target)


def _recipe_of(run):
    if preset_of(run):
        raise InputError(
            f"--run: expected a run folder of `attmask pretrain`, got one of "
            f"fine-tuning, {str(run)!r}"
        )
    file = pathlib.Path(run) / "recipe.json"
    if not file.is_file():
        raise InputError(
            f"--run: expected a run folder with recipe.json, got {str(run)!r}"
        )
    return make_recipe(json.loads(file.read_text("utf-8")))


def masks_of_run(run, target, data=None):
    """Draws the masks of a finished run anew.

    Args:
        run: run folder.
        target: path of the PNG.
        data: images to draw, see `data.open_source`; the recipe's queries
            or training images by default.
    """
    recipe = _recipe_of(run)
    spec = data or recipe.evaluation.queries or recipe.data.source
    draw_masks(load_backbone(run), recipe, open_source(spec), target)


def curves_of_run(run, target, data=None):
    """Draws the losses and k-NN accuracy of a run anew; `data` is unused."""
    file = pathlib.Path(run) / "metrics.jsonl"
    if not file.is_file():
        raise InputError(
            f"--run: expected a run folder with metrics.jsonl, got {str(run)!r}"
        )
    curve_sheet(file, target, {})
