"""The augmented views of some images, with what was drawn for each."""

import numpy as np

from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_rgb
from keras_attmask.visualize.sheet import save_figure

_CELL = 1.25  # inches


def view_sheet(images, views, captions, target):
    """Draws each image and its views in a row.

    Args:
        images: the originals, uint8 `(h, w, C)` each.
        views: for each image its views, floats from 0 to 1 `(S, S, C)`.
        captions: for each image one text a view.
        target: path of the PNG file.

    Raises:
        InputError: the file cannot be written there.
    """
    from matplotlib.figure import Figure

    rows, columns = len(images), 1 + max(map(len, views))
    figure = Figure(
        (columns * (_CELL + 0.1) + 0.2, rows * (_CELL + 0.65) + 0.2),
        layout="constrained",
    )
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for row, image, own, texts in zip(axes, images, views, captions):
        height, width = image.shape[:2]
        _show(row[0], as_rgb(image) / 255.0, f"image\n{height}x{width}")
        for axis, view, text in zip(row[1:], own, texts):
            _show(axis, as_rgb(np.clip(view, 0.0, 1.0)), text)
    save_figure(figure, target)


def _show(axis, picture, text):
    axis.imshow(picture, interpolation="nearest")
    axis.set_title(text, fontsize=5.5, color=INK, y=-0.03, pad=0, va="top")
