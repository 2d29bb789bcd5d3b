"""What the class token attends to, beside what there is to find."""

import dataclasses

import numpy as np

from keras_attmask.visualize.sheet import COLOURS
from keras_attmask.visualize.sheet import HIDDEN
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_rgb
from keras_attmask.visualize.sheet import dimmed
from keras_attmask.visualize.sheet import patches_to_pixels
from keras_attmask.visualize.sheet import save_figure

_CELL = 1.5  # inches
_TRUE, _FOUND = COLOURS[2], COLOURS[1]


@dataclasses.dataclass(frozen=True, eq=False)
class AttentionRow:
    """One image of an attention sheet.

    Args:
        image: uint8 `(H, W, C)`.
        attention: `(N,)`, patches row by row.
        kept: bool `(N,)`, the patches that count as attended.
        things: bool `(H, W)`, pixels of things.
        boxes: `(m, 4)` around things: left, top, right, bottom in pixels.
        found: `(4,)`, the box that the attention finds.
        caption: text beside the row.
    """

    image: np.ndarray
    attention: np.ndarray
    kept: np.ndarray
    things: np.ndarray
    boxes: np.ndarray
    found: np.ndarray
    caption: str


def attention_sheet(rows, grid, target):
    """Draws attention and things, one row an image.

    Columns: the image with true boxes (green) and the found one (red), the
    attention over it from 0 to its maximum, what lies under the kept
    patches, and the things.

    Args:
        rows: list of `AttentionRow` of one size.
        grid: `(rows, columns)` of patches.
        target: path of the PNG file.

    Raises:
        InputError: the file cannot be written there.
    """
    save_figure(_draw(rows, grid), target)


def _draw(rows, grid):
    from matplotlib.figure import Figure

    height, width = rows[0].image.shape[:2]
    across = 4 * (_CELL * width / height + 0.08) + 0.9
    figure = Figure(
        (across, len(rows) * (_CELL + 0.08) + 0.3), layout="constrained"
    )
    figure.get_layout_engine().set(
        w_pad=0.03, h_pad=0.03, wspace=0.0, hspace=0.0
    )
    axes = figure.subplots(len(rows), 4, squeeze=False)
    titles = ("image", "attention", "kept", "things")
    for axis, title in zip(axes[0], titles):
        axis.set_title(title, fontsize=8, color=INK)
    for own, row in zip(axes, rows):
        _draw_row(own, row, grid)
    return figure


def _draw_row(axes, row, grid):
    picture = as_rgb(row.image) / 255.0
    heat, kept = (
        patches_to_pixels(values[None], grid, picture.shape[:2])[0]
        for values in (row.attention, row.kept)
    )
    axes[0].imshow(picture, interpolation="nearest")
    for box in row.boxes:
        _frame(axes[0], box, _TRUE)
    _frame(axes[0], row.found, _FOUND)
    axes[1].imshow(dimmed(picture), interpolation="nearest")
    axes[1].imshow(
        heat,
        cmap="inferno",
        vmin=0.0,
        vmax=heat.max(),
        alpha=0.75,
        interpolation="nearest",
    )
    for axis, inside in ((axes[2], kept), (axes[3], row.things)):
        shown = np.where(inside[..., None], picture, HIDDEN)
        axis.imshow(shown, interpolation="nearest")
    for axis in axes:
        axis.set_axis_off()
    axes[3].text(
        1.05,
        0.5,
        row.caption,
        transform=axes[3].transAxes,
        fontsize=7,
        color=INK,
        va="center",
    )


def _frame(axis, box, colour):
    from matplotlib.patches import Rectangle

    left, top, right, bottom = box
    frame = Rectangle(
        (left - 0.5, top - 0.5),  # the first pixel's middle is at 0
        right - left,
        bottom - top,
        fill=False,
        ec=colour,
        lw=1.5,
        clip_on=False,  # also at the edge of the image
    )
    axis.add_patch(frame)
