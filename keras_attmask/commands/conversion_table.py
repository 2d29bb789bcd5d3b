"""A conversion for people: what became what, and what was left."""

import sys

import rich.box
import rich.console
import rich.table

_WIDTH = 150  # of a file or pipe, where nobody's window says it


def _console():
    width = None if sys.stdout.isatty() else _WIDTH
    return rich.console.Console(width=width, highlight=False, markup=False)


def _table(*columns):
    table = rich.table.Table(box=rich.box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _rows(read, written):
    """(variable, source's names, shape, target's names) of all variables."""
    targets, shapes = {}, {}
    for row in written.mapped:
        targets.setdefault(row.variable, []).extend(row.tensors)
        shapes.setdefault(row.variable, row.shape)
    sources = {}
    for row in read.mapped:
        sources.setdefault(row.variable, []).extend(row.tensors)
        shapes[row.variable] = row.shape
    for variable, shape in shapes.items():
        yield (
            variable,
            "\n".join(sources.get(variable, ["-"])),
            " x ".join(map(str, shape)) or "1",
            "\n".join(targets.get(variable, ["-"])),
        )


def show(read, written):
    """Prints the tables.

    Args:
        read: `convert.Report` of the source.
        written: `convert.Report` of the target.
    """
    console = _console()
    table = _table("source", "variable", "shape", "target")
    for variable, source, shape, target in _rows(read, written):
        table.add_row(source, variable, shape, target)
    console.print(table)
    left = [("source", row) for row in read.left]
    left += [("target", row) for row in written.left]
    if left:
        table = _table("left", "of", "why")
        for side, row in left:
            table.add_row(row.name, side, row.reason)
        console.print(table)
    for note in (*read.notes, *written.notes):
        console.print(f"note: {note}")
