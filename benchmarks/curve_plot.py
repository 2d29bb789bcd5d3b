"""Draws the points of curves.py: one column a sweep, one line a backend."""

from curve_points import SWEEPS

# As in keras_attmask.visualize.sheet, which would load a framework.
INK = "#24292f"
FAINT = "#8c959f"
COLOURS = ("#0969da", "#cf222e", "#1a7f37", "#8250df", "#bf8700", "#0a8a8a")
_TERA = 5000  # GFLOP/s from which TFLOP/s read better


def _series(points):
    """Points by the name of their line, in order of appearance."""
    dtypes = {point["options"]["dtype"] for point in points}
    lines = {}
    for point in points:
        options = point["options"]
        name = options["backend"]
        if point["contender"] == "peer":
            name = "peer"
        if len(dtypes) > 1:
            name += f", {options['dtype']}"
        lines.setdefault(name, []).append(point)
    return lines


def _place(sweep, value):
    """Where a value stands on the axis."""
    return SWEEPS[sweep][0].index(value) if sweep == "arch" else value


def _line(axis, sweep, points, field, scale, style):
    rows = [p for p in points if p["sweep"] == sweep and p.get(field)]
    rows.sort(key=lambda row: _place(sweep, row["value"]))
    places = [_place(sweep, row["value"]) for row in rows]
    values = [row[field] / scale for row in rows]
    if rows:
        axis.plot(places, values, "o-", lw=1.6, ms=4, **style)


def _lacks(axis, sweep, points, number, colour):
    """A cross where memory was too small, each line's at its own height."""
    for point in points:
        if point["sweep"] == sweep and point.get("out_of_memory"):
            axis.annotate(
                "✕ out of memory",
                (_place(sweep, point["value"]), 0.04 + 0.08 * number),
                xycoords=axis.get_xaxis_transform(),
                ha="right",
                fontsize=8,
                color=colour,
            )


def _style(axis, sweep, points):
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.tick_params(labelsize=9, colors=INK, length=3)
    axis.tick_params(which="minor", length=0)
    axis.grid(axis="y", color="#eaeef2", lw=0.8)
    axis.set_axisbelow(True)
    axis.set_ylim(bottom=0)
    if sweep == "batch":
        axis.set_xscale("log", base=2)
    values = {p["value"] for p in points if p["sweep"] == sweep}
    values = sorted(values, key=lambda value: _place(sweep, value))
    names = [str(value).removeprefix("vit_") for value in values]
    axis.set_xticks([_place(sweep, value) for value in values], names)
    axis.margins(x=0.08)


def _caption(points):
    """What is true of all points, for the figure's title."""
    facts = {"backends": "Training step"}
    for name in ("arch", "dtype"):
        found = {p["options"][name] for p in points if p["sweep"] != name}
        if len(found) == 1:
            facts[name] = found.pop()
    devices = {p["device"] for p in points if "device" in p}
    if len(devices) == 1:
        facts["device"] = devices.pop()
    return ", ".join(facts.values())


def figure_of(points):
    """A Matplotlib figure: FLOP/s above, images/s below, a column a sweep."""
    from matplotlib.figure import Figure

    sweeps = [s for s in SWEEPS if any(p["sweep"] == s for p in points)]
    size = (0.8 + 3.6 * len(sweeps), 6.0)
    figure = Figure(size, layout="constrained")
    figure.get_layout_engine().set(wspace=0.05, hspace=0.05)
    grid = figure.subplots(2, len(sweeps), sharex="col", squeeze=False)
    lines = _series(points)
    rates = [p.get("peak_gflops", 0) for p in points]
    scale, unit = (1e3, "TFLOP/s") if max(rates) > _TERA else (1, "GFLOP/s")
    for column, sweep in enumerate(sweeps):
        work, images = grid[:, column]
        for number, (name, found) in enumerate(lines.items()):
            colour = COLOURS[number % len(COLOURS)]
            style = {"color": colour, "label": name}
            _line(work, sweep, found, "gflops_per_second", scale, style)
            _line(images, sweep, found, "images_per_second", 1, style)
            _lacks(images, sweep, found, number, colour)
            peaks = [p["peak_gflops"] for p in found if p.get("peak_gflops")]
            if peaks:
                work.axhline(max(peaks) / scale, color=colour, lw=1.2, ls=":")
        for axis in (work, images):
            _style(axis, sweep, points)
        images.set_xlabel(SWEEPS[sweep][1], fontsize=9, color=INK)
    grid[0, 0].set_ylabel(unit, fontsize=9, color=INK)
    grid[1, 0].set_ylabel("images/s", fontsize=9, color=INK)
    _legend(figure, lines)
    figure.suptitle(_caption(points), x=0.01, ha="left", fontsize=11, color=INK)
    return figure


def _legend(figure, lines):
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, marker="o", ms=4, label=name)
        for name, colour in zip(lines, COLOURS)
    ]
    label = "peak of matrix products, each backend's own"
    handles.append(Line2D([], [], color=FAINT, ls=":", label=label))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
    )


def draw(points, target):
    """Writes the figure as PNG.

    Args:
        points: of one or several runs, see `curve_points`.
        target: path of the file.
    """
    figure_of(points).savefig(target, dpi=110, facecolor="white")
