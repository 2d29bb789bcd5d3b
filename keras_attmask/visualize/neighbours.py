"""Images, and what was found by each of them."""

from PIL import Image

from keras_attmask.visualize.sheet import COLOURS
from keras_attmask.visualize.sheet import FAINT
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_rgb
from keras_attmask.visualize.sheet import save_figure

FRAMES = {"right": COLOURS[2], "wrong": COLOURS[1], "junk": FAINT}
_CELL = 1.1  # inches
_PIXELS = 160


def neighbour_sheet(rows, target):
    """Draws one row a query: its image, then what was found, best first.

    Args:
        rows: pairs `(image, found)`: uint8 `(h, w, C)` of any size, and a
            list of pairs of an image and a name from `FRAMES`.
        target: path of the PNG file.

    Raises:
        InputError: the file cannot be written there.
    """
    save_figure(_draw(rows), target)


def _small(image):
    picture = Image.fromarray(as_rgb(image))
    picture.thumbnail((_PIXELS, _PIXELS))
    return picture


def _draw(rows):
    from matplotlib.figure import Figure

    across = 1 + max(len(found) for _, found in rows)
    figure = Figure(
        (across * _CELL, len(rows) * _CELL + 0.5), layout="constrained"
    )
    figure.get_layout_engine().set(
        w_pad=0.04, h_pad=0.04, wspace=0.0, hspace=0.0
    )
    axes = figure.subplots(len(rows), across, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (image, found) in zip(axes, rows):
        line[0].imshow(_small(image))
        for axis, (other, name) in zip(line[1:], found):
            axis.imshow(_small(other))
            _frame(axis, FRAMES[name])
    axes[0, 0].set_title("query", fontsize=8, color=INK)
    axes[0, 1].set_title("nearest", fontsize=8, color=INK)
    _legend(figure, {name for _, found in rows for _, name in found})
    return figure


def _frame(axis, colour):
    axis.set_axis_on()
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(color=colour, linewidth=2.5)


def _legend(figure, names):
    from matplotlib.patches import Patch

    shown = [name for name in FRAMES if name in names]
    figure.legend(
        handles=[Patch(color=FRAMES[name], label=name) for name in shown],
        loc="outside lower center",
        ncols=len(shown),
        frameon=False,
        fontsize=8,
        labelcolor=INK,
    )
