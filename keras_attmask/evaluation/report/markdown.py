"""The report as a text to be read."""

from keras_attmask.evaluation.record import shown
from keras_attmask.evaluation.report.published import published_beside


def as_markdown(found, pictures):
    """All of a report's numbers in tables.

    Args:
        found: what `report.json` holds.
        pictures: paths `DATA/PROTOCOL/NAME.png`, relative to the report.

    Returns:
        Markdown.
    """
    lines = [f"# What {found['backbone']} is worth", ""]
    lines += ["![The first number of each measurement](report.png)", ""]
    for key, protocols in found["data"].items():
        lines += [f"## {key}", ""]
        lines += _overview(protocols)
        for protocol, reason in found["left_out"].get(key, {}).items():
            lines += [f"`{protocol}` was left out: {reason}", ""]
        for protocol, scores in protocols.items():
            own = [p for p in pictures if p.startswith(f"{key}/{protocol}/")]
            lines += _details(f"{key}: {protocol}", protocol, scores, own)
    return "\n".join(lines + _published(found))


def _overview(protocols):
    """The first number of each protocol."""
    firsts = [
        (protocol, *next(iter(scores.items())))
        for protocol, scores in protocols.items()
    ]
    rows = [
        (protocol, measure, shown(measure, value), _beside(protocol, measure))
        for protocol, measure, value in firsts
    ]
    titles = ("protocol", "measure", "here", "best published")
    return _table(titles, rows) if rows else []


def _details(title, protocol, scores, pictures):
    """All numbers of a protocol, and what it drew."""
    lines = [f"### {title}", ""]
    rows = [
        (measure, shown(measure, value), _beside(protocol, measure))
        for measure, value in scores.items()
    ]
    beside = any(row[2] for row in rows)
    titles = ("measure", "here", "best published")
    wanted = 3 if beside else 2
    lines += _table(titles[:wanted], [row[:wanted] for row in rows])
    for picture in pictures:
        lines += [f"![{title}]({picture})", ""]
    return lines


def _beside(protocol, measure):
    """The best published number of the kind, and where it was measured."""
    rows = published_beside([(protocol, measure)])
    if not rows:
        return ""
    best = max(rows, key=lambda row: row.value)
    return f"{100 * best.value:.1f} % on {best.data}"


def _published(found):
    measured = [
        (protocol, measure)
        for protocols in found["data"].values()
        for protocol, scores in protocols.items()
        for measure in scores
    ]
    rows = [
        (
            row.protocol,
            row.measure,
            f"{100 * row.value:.1f} %",
            row.data,
            row.network,
            row.source,
        )
        for row in published_beside(measured)
    ]
    if not rows:
        return []
    titles = ("protocol", "measure", "value", "on", "network", "stated in")
    return [
        "## Published numbers",
        "",
        "Of other data and networks: they say what the method reached, not "
        "what these data allow.",
        "",
        *_table(titles, rows),
    ]


def _table(titles, rows):
    lines = [titles, ["---"] * len(titles), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]
