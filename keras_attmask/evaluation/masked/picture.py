"""Accuracy over the share of patches that are black."""

from keras_attmask.visualize.sheet import COLOURS
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import quiet_axis
from keras_attmask.visualize.sheet import save_figure

_NAMES = {
    "high": "most attended patches black",
    "low": "least attended patches black",
    "random": "random patches black",
}


def draw_accuracy(ratios, curves, target):
    """Draws a curve for each mode.

    Args:
        ratios: shares of the patches.
        curves: dict from a mode to its accuracies, fractions.
        target: path of the PNG file.

    Raises:
        InputError: a target that cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure((5.2, 3.6), layout="constrained")
    axis = figure.subplots()
    order = sorted(range(len(ratios)), key=lambda place: ratios[place])
    for (mode, values), colour in zip(curves.items(), COLOURS):
        axis.plot(
            [100 * ratios[place] for place in order],
            [100 * values[place] for place in order],
            "o-",
            color=colour,
            lw=1.6,
            ms=4,
            label=_NAMES[mode],
            clip_on=False,
        )
    quiet_axis(axis, "accuracy, %", "black patches, %")
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False, fontsize=8, labelcolor=INK)
    save_figure(figure, target)
