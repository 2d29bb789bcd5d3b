"""How a run went, from its metrics file."""

import json

from keras_attmask.errors import InputError
from keras_attmask.visualize.sheet import COLOURS
from keras_attmask.visualize.sheet import FAINT
from keras_attmask.visualize.sheet import INK
from keras_attmask.visualize.sheet import quiet_axis
from keras_attmask.visualize.sheet import save_figure

_SCORES = {
    "knn": "k-NN accuracy, %",
    "view_retrieval": "view retrieval, %",
    "accuracy": "accuracy, %",
    "mean_average_precision": "mean average precision, %",
    "r2": "R2, %",
}
_LOSSES = {"loss": "total", "cls_loss": "class token", "patch_loss": "patches"}


def curve_sheet(metrics_path, target, references, score=None):
    """Draws losses and a score over the steps of a run.

    Args:
        metrics_path: `metrics.jsonl`: one JSON object a line with "step"
            and any of "loss", "cls_loss", "patch_loss" and the score.
        target: path of the PNG file.
        references: dict from a label to an accuracy (a fraction) to compare
            with, such as the k-NN accuracy of raw pixels.
        score: "knn", "view_retrieval", "accuracy", "mean_average_precision"
            or "r2", of which 1 is the best; None takes the one that was
            measured.

    Raises:
        InputError: metrics that cannot be read, or a target that cannot be
            written.
    """
    metrics = _read_metrics(metrics_path)
    score = score or _measured(metrics)
    save_figure(_draw(metrics, references, score), target)


def _read_metrics(path):
    """List of dicts in order of step, the last of a step winning.

    A run that was resumed has written some steps twice.
    """
    by_step = {}
    try:
        with open(path, encoding="utf-8") as file:
            for line in filter(str.strip, file):
                row = json.loads(line)
                by_step.setdefault(row["step"], {}).update(row)
    except OSError as error:
        raise InputError(
            f"`metrics_path` must be a file that can be read, got {path} "
            f"({error.strerror})."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            '`metrics_path` must hold one JSON object with a "step" a line, '
            f"got {path} ({error})."
        ) from error
    if not by_step:
        raise InputError(f"`metrics_path` must hold metrics, {path} has none.")
    return [by_step[step] for step in sorted(by_step)]


def _measured(metrics):
    """The score that a run has measured; k-NN where there is none."""
    keys = {key for row in metrics for key in row}
    return next((name for name in _SCORES if name in keys), "knn")


def _series(metrics, name, scale=1):
    """Steps and values of one metric, where it was measured."""
    rows = [row for row in metrics if row.get(name) is not None]
    return [row["step"] for row in rows], [row[name] * scale for row in rows]


def _draw(metrics, references, score):
    from matplotlib.figure import Figure

    figure = Figure((9.0, 3.4), layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)
    losses, accuracy = figure.subplots(1, 2)
    for axis, title in ((losses, "Loss"), (accuracy, _SCORES[score])):
        quiet_axis(axis, title, "step")
    for (name, label), colour in zip(_LOSSES.items(), COLOURS):
        steps, values = _series(metrics, name)
        if steps:
            losses.plot(steps, values, color=colour, lw=1.6, label=label)
    if losses.lines:
        losses.legend(frameon=False, fontsize=8, labelcolor=INK)
    _draw_accuracy(accuracy, metrics, references, score)
    last = max(metrics[-1]["step"], 1)
    for axis in (losses, accuracy):
        axis.set_xlim(0, last)
    return figure


def _draw_accuracy(axis, metrics, references, score):
    steps, values = _series(metrics, score, 100)
    if steps:
        axis.plot(
            steps,
            values,
            "o-",
            color=COLOURS[0],
            lw=1.6,
            ms=4,
            clip_on=False,
            zorder=4,
        )
        axis.annotate(
            f"{values[-1]:.1f}",
            (steps[-1], values[-1]),
            (0, 7),
            textcoords="offset points",
            ha="right",
            fontsize=9,
            color=COLOURS[0],
            weight="bold",
        )
    for label, value in references.items():
        axis.axhline(100 * value, color=FAINT, lw=1.2, ls=":")
        side = _free_side(values, 100 * value)
        axis.annotate(
            f"{label} {100 * value:.1f}",
            (0.02 if side == "left" else 0.98, 100 * value),
            (0, 3),
            xycoords=axis.get_yaxis_transform(),
            textcoords="offset points",
            ha=side,
            fontsize=8,
            color=INK,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axis.margins(y=0.15)


def _free_side(values, level):
    """The end at which a curve keeps away from a level, for its name."""
    if not values or abs(values[0] - level) >= abs(values[-1] - level):
        return "left"
    return "right"
