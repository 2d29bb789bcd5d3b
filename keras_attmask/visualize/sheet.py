"""What all pictures share: their ink, and how they get to the disk."""

import os
import tempfile

import numpy as np

from keras_attmask.errors import InputError

INK = "#24292f"
FAINT = "#8c959f"
HIDDEN = (0.42, 0.49, 0.57)  # slate grey: seen on grey-scale images, too
COLOURS = ("#0969da", "#cf222e", "#1a7f37", "#8250df", "#bf8700")


def as_rgb(pixels):
    """`(..., C)` as `(..., 3)`: three channels or more are seen as red,
    green and blue, fewer as grey."""
    if pixels.shape[-1] < 3:
        return np.repeat(pixels[..., :1], 3, axis=-1)
    return pixels[..., :3]


def dimmed(pictures):
    """Pale grey copies: what lies under a heat map must have no colour."""
    grey = pictures.mean(axis=-1, keepdims=True)
    return np.repeat(0.25 + 0.5 * grey, 3, axis=-1)


def patches_to_pixels(values, grid, side):
    """`(B, N)` to `(B, H, W)`, each value over its patch."""
    values = values.reshape(-1, *grid)
    for axis in (0, 1):
        values = np.repeat(values, side[axis] // grid[axis], axis=axis + 1)
    return values


def as_written(text):
    """A user's text for a picture: Matplotlib takes what stands between two
    dollar signs for a formula, and fails where it is none."""
    return text.replace("$", r"\$")


def quiet_axis(axis, title, below="", across=False):
    """Leaves of an axis what is needed to read it.

    Args:
        axis: of Matplotlib.
        title: above it, at the left.
        below: what its x is.
        across: whether bars lie, so that lines of the grid stand.
    """
    axis.set_title(title, loc="left", fontsize=10, color=INK)
    axis.set_xlabel(below, fontsize=8, color=INK)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.tick_params(labelsize=8, colors=INK, length=0 if across else 3)
    axis.grid(axis="x" if across else "y", color="#eaeef2", lw=0.8)
    axis.set_axisbelow(True)


def save_figure(figure, target, dots_per_inch=144):
    """Writes a Matplotlib figure as PNG, whole or not at all.

    Args:
        figure: `matplotlib.figure.Figure`; made without pyplot, so that
            nobody's windows or settings are touched.
        target: path of the PNG file.
        dots_per_inch: pixels of an inch of the figure.

    Raises:
        InputError: the file cannot be written there.
    """
    target = os.path.abspath(target)
    parent = os.path.dirname(target)
    try:
        os.makedirs(parent, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".keras_attmask_", dir=parent
        ) as work:
            written = os.path.join(work, "figure.png")
            figure.savefig(written, dpi=dots_per_inch, facecolor="white")
            os.replace(written, target)
    except OSError as error:
        raise InputError(
            f"`target` must be a PNG file that can be written, got {target} "
            f"({error.strerror})."
        ) from error
