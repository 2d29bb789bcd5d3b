"""The command line of curves.py, checked before hours are spent."""

import argparse
import importlib.util
import os

from curve_points import SWEEPS
from curve_points import read_points
from step import ARCHITECTURES
from step import DTYPES


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"curves.py: {message}\n")


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number of 1 or more, got {text!r}"
        )
    return int(text)


def _parser(description):
    parser = _Parser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    backends = ("tensorflow", "jax", "torch")
    parser.add_argument("files", nargs="*", help="saved points to --plot")
    parser.add_argument("--backend", choices=backends, default="tensorflow")
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--arch", choices=ARCHITECTURES, default="vit_small16")
    parser.add_argument("--batch", type=_count, default=4)
    parser.add_argument("--only", default=",".join(SWEEPS), metavar="SWEEPS")
    parser.add_argument("--values", help="of the one sweep of --only")
    parser.add_argument("--steps", type=_count, default=2, help="a round")
    parser.add_argument("--rounds", type=_count, default=2)
    parser.add_argument("--peer", help="lightly or a file, as in step.py")
    parser.add_argument("--json", metavar="FILE", help="points are added")
    parser.add_argument("--plot", metavar="FILE.png")
    return parser


def _values(sweep, text):
    if text is None:
        return SWEEPS[sweep][0]
    values = text.split(",")
    if sweep == "arch":
        if not set(values) <= set(ARCHITECTURES):
            raise ValueError(
                f"--values: expected some of {','.join(ARCHITECTURES)}, "
                f"got {text!r}"
            )
        return values
    low, unit = {"batch": (1, 1), "views": (2, 1), "side": (32, 16)}[sweep]
    for value in values:
        if not value.isdecimal() or int(value) < low or int(value) % unit:
            raise ValueError(
                f"--values: expected multiples of {unit} from {low} on, "
                f"got {value!r}"
            )
    return sorted(map(int, values))


def _plan(arguments):
    """Values by sweep; ValueError with one line for a mistake."""
    names = arguments.only.split(",")
    for name in names:
        if name not in SWEEPS:
            raise ValueError(
                f"--only: expected some of {','.join(SWEEPS)}, got {name!r}"
            )
    if arguments.values and len(names) > 1:
        raise ValueError("--values: expected one sweep in --only")
    if arguments.peer and "batch" not in names:
        raise ValueError("--peer: expected batch in --only")
    if arguments.peer not in (None, "lightly"):
        if not os.path.isfile(arguments.peer):
            raise ValueError(f"--peer: no file {arguments.peer!r}")
    if arguments.files and not arguments.plot:
        raise ValueError("files: they are for --plot")
    for target in filter(None, (arguments.json, arguments.plot)):
        if not os.access(os.path.dirname(os.path.abspath(target)), os.W_OK):
            raise ValueError(f"{target}: expected a folder to write into")
    if arguments.plot and not arguments.plot.endswith(".png"):
        raise ValueError(f"--plot: expected a .png, got {arguments.plot!r}")
    if arguments.plot and not importlib.util.find_spec("matplotlib"):
        raise ValueError("--plot: needs matplotlib")
    if arguments.json and os.path.exists(arguments.json):
        read_points(arguments.json)
    return {name: _values(name, arguments.values) for name in names}


def read_arguments(description):
    """The arguments, with `plan` (values by sweep) and `saved` (points).

    A mistake ends the program with one line and exit status 2.
    """
    parser = _parser(description)
    arguments = parser.parse_args()
    try:
        arguments.plan = _plan(arguments)
        arguments.saved = [p for f in arguments.files for p in read_points(f)]
    except ValueError as error:
        parser.error(str(error))
    return arguments
