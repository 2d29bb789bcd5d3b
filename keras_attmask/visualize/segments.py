"""Images, what their pixels are, and what they were taken for."""

import colorsys

import numpy as np

from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_rgb
from keras_attmask.visualize.sheet import as_written
from keras_attmask.visualize.sheet import save_figure

_CELL = 1.5  # inches
_NAMED = 12  # classes that find room in the legend
_STEP = 0.618034  # of the hue: the golden ratio keeps neighbours apart
_WHITE = (1.0, 1.0, 1.0)


def class_colours(count):
    """A colour a class, float `(count, 3)`; class 0 is slate grey."""
    colours = [
        colorsys.hsv_to_rgb(n * _STEP % 1, (0.85, 0.6)[n % 2], 0.95 - n % 3 / 7)
        for n in range(count)
    ]
    return np.array([(0.25, 0.29, 0.34), *colours[1:]])


def segment_sheet(images, columns, names, ignored, target):
    """Draws the classes of pixels beside their images, one row an image.

    Args:
        images: uint8 `(B, H, W, C)`.
        columns: dict from a title to integers `(B, H, W)`.
        names: of the classes, from 0.
        ignored: label of pixels that do not count; they are white.
        target: path of the PNG file.

    Raises:
        InputError: the file cannot be written there.
    """
    save_figure(_draw(images, columns, names, ignored), target)


def _painted(pictures, labels, colours, ignored):
    """Colours of classes over pale grey copies of the images."""
    grey = pictures.mean(axis=-1, keepdims=True)
    counts = labels != ignored
    over = colours[np.where(counts, labels, 0)]
    return np.where(counts[..., None], 0.3 * grey + 0.7 * over, _WHITE)


def _draw(images, columns, names, ignored):
    from matplotlib.figure import Figure

    pictures, colours = as_rgb(images) / 255.0, class_colours(len(names))
    across, rows = 1 + len(columns), len(images)
    width = _CELL * images.shape[2] / images.shape[1]
    figure = Figure(
        (across * (width + 0.08) + 1.5, rows * (_CELL + 0.08) + 0.3),
        layout="constrained",
    )
    figure.get_layout_engine().set(
        w_pad=0.03, h_pad=0.03, wspace=0.0, hspace=0.0
    )
    axes = figure.subplots(rows, across, squeeze=False)
    shown = {"image": pictures}
    for title, labels in columns.items():
        shown[title] = _painted(pictures, labels, colours, ignored)
    for index, (title, painted) in enumerate(shown.items()):
        axes[0, index].set_title(title, fontsize=8, color=INK)
        for axis, picture in zip(axes[:, index], painted):
            axis.imshow(picture, interpolation="nearest")
            axis.set_axis_off()
    _legend(figure, columns, names, colours, ignored)
    return figure


def _legend(figure, columns, names, colours, ignored):
    """Names the classes with the most pixels on the sheet."""
    from matplotlib.patches import Patch

    pixels = np.concatenate([labels.ravel() for labels in columns.values()])
    counted = np.bincount(pixels[pixels != ignored], minlength=len(names))
    most = np.argsort(-counted, kind="stable")[:_NAMED]
    most = sorted(label for label in most if counted[label])
    handles = [
        Patch(color=colours[n], label=as_written(names[n])) for n in most
    ]
    figure.legend(
        handles=handles,
        loc="outside right upper",
        frameon=False,
        fontsize=7,
        labelcolor=INK,
    )
