"""What the teacher looks at and what the student does not get to see."""

import numpy as np

from keras_attmask.errors import InputError
from keras_attmask.visualize.sheet import HIDDEN
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_rgb
from keras_attmask.visualize.sheet import dimmed
from keras_attmask.visualize.sheet import patches_to_pixels
from keras_attmask.visualize.sheet import save_figure

_CELL = 1.3  # inches


def mask_sheet(images, class_attention, masks, grid, target):
    """Draws attention and masks beside their images.

    One row an image. Columns: the image, the teacher's attention over it,
    then the visible patches under each masking strategy. All heat maps have
    one colour range, 0 to the greatest attention of the sheet, which its
    colour bar states.

    Args:
        images: uint8 `(B, H, W, C)`; three channels or more are seen as
            red, green and blue, fewer as grey.
        class_attention: float `(B, N)`, patches row by row.
        masks: dict from a strategy's name to its bool `(B, N)`; True hides.
        grid: `(rows, columns)` of patches, N = rows * columns.
        target: path of the PNG file.

    Raises:
        InputError: shapes that do not fit, or a target that cannot be
            written.
    """
    images, attention = np.asarray(images), np.asarray(class_attention)
    masks = {name: np.asarray(mask) for name, mask in masks.items()}
    _check(images, {"class_attention": attention} | masks, grid)
    pictures = as_rgb(images) / 255.0
    side = images.shape[1:3]
    heat = patches_to_pixels(attention, grid, side)
    columns = {"image": pictures, "attention": dimmed(pictures)}
    for name, mask in masks.items():
        hidden = patches_to_pixels(mask, grid, side)[..., None]
        title = f"{name}\n{mask.mean():.0%} hidden"
        columns[title] = np.where(hidden, HIDDEN, pictures)
    save_figure(_draw(columns, heat, attention.max()), target)


def _check(images, per_patch, grid):
    if images.ndim != 4 or images.dtype != np.uint8 or images.size == 0:
        raise InputError(
            "`images` must be uint8 (B, H, W, C), got "
            f"{images.dtype} {images.shape}."
        )
    if any(side % parts for side, parts in zip(images.shape[1:3], grid)):
        raise InputError(
            f"`grid` must divide the images' {images.shape[1:3]} pixels, "
            f"got {tuple(grid)}."
        )
    expected = (len(images), grid[0] * grid[1])
    for name, values in per_patch.items():
        if values.shape != expected:
            raise InputError(
                f"`{name}` must have one value a patch, shape {expected}, "
                f"got {values.shape}."
            )


def _draw(columns, heat, top):
    from matplotlib.figure import Figure

    rows, across = len(heat), len(columns)
    width = _CELL * heat.shape[2] / heat.shape[1]
    figure = Figure(
        (across * (width + 0.08) + 0.75, rows * (_CELL + 0.08) + 0.55),
        layout="constrained",
    )
    figure.get_layout_engine().set(
        w_pad=0.03, h_pad=0.03, wspace=0.0, hspace=0.0
    )
    axes = figure.subplots(rows, across, squeeze=False)
    for index, (title, pictures) in enumerate(columns.items()):
        axes[0, index].set_title(title, fontsize=8, color=INK)
        for axis, picture in zip(axes[:, index], pictures):
            axis.imshow(picture, interpolation="nearest")
            axis.set_axis_off()
    for axis, values in zip(axes[:, 1], heat):
        shades = axis.imshow(
            values,
            cmap="inferno",
            vmin=0.0,
            vmax=top,
            alpha=0.75,
            interpolation="nearest",
        )
    _draw_range(figure, axes, shades, top)
    return figure


def _draw_range(figure, axes, shades, top):
    share = min(1.0, 2 / len(axes))  # as long as two rows
    bar = figure.colorbar(
        shades, ax=axes, pad=0.01, shrink=share, aspect=15, anchor=(0.0, 1.0)
    )
    bar.set_ticks([0.0, float(top)], labels=["0", f"{top:.3f}"])
    bar.set_label("attention of the class token", fontsize=7, color=INK)
    bar.ax.tick_params(labelsize=7, length=0, colors=INK)
    bar.outline.set_visible(False)
