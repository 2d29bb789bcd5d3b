"""The first number of each measurement, as bars."""

from keras_attmask.evaluation.record import NO_SHARES
from keras_attmask.visualize.sheet import COLOURS
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import as_written
from keras_attmask.visualize.sheet import quiet_axis
from keras_attmask.visualize.sheet import save_figure


def headlines(found):
    """The first share of each measurement.

    Args:
        found: what `report.json` holds.

    Returns:
        A list of `(data, protocol, measure, value)`.
    """
    rows = []
    for key, protocols in found["data"].items():
        for protocol, scores in protocols.items():
            for measure, value in scores.items():
                if isinstance(value, float) and measure not in NO_SHARES:
                    rows.append((key, protocol, measure, value))
                    break
    return rows


def draw_report(found, target):
    """Draws a bar for each measurement.

    Args:
        found: what `report.json` holds.
        target: path of the PNG file.

    Raises:
        InputError: the file cannot be written there.
    """
    from matplotlib.figure import Figure

    rows = headlines(found)
    figure = Figure((7.2, 0.9 + 0.3 * len(rows)), layout="constrained")
    axis = figure.subplots()
    keys = list(dict.fromkeys(row[0] for row in rows))
    for place, (key, protocol, measure, value) in enumerate(rows):
        colour = COLOURS[keys.index(key) % len(COLOURS)]
        axis.barh(place, 100 * value, color=colour, height=0.62)
        axis.annotate(
            f"{100 * value:.1f}",
            (100 * value, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
    names = [_label(*row[:3]) for row in rows]
    axis.set_yticks(range(len(rows)), names, fontsize=8, color=INK)
    axis.invert_yaxis()
    axis.set_xlim(0, 106)
    quiet_axis(axis, "", across=True)
    title = f"{found['backbone']}: first number of each measurement, %"
    title = as_written(title)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=INK)
    save_figure(figure, target)


def _label(key, protocol, measure):
    inner = "" if measure == protocol else f" {measure}"
    return as_written(f"{key}: {protocol}{inner}")
