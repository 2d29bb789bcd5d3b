"""The command line: `attmask`, or `python -m keras_attmask`."""

import importlib.util
import os
import sys

from keras_attmask.commands import COMMANDS
from keras_attmask.errors import InputError

_BACKENDS = ("tensorflow", "jax", "torch")


def _help():
    lines = ["usage: attmask COMMAND [flags]", ""]
    lines += [f"  {c.name:12} {c.summary}" for c in COMMANDS.values()]
    lines += [
        "",
        "attmask COMMAND --help shows a command's flags. The environment",
        "variable KERAS_BACKEND chooses tensorflow, jax or torch.",
    ]
    return "\n".join(lines)


def _check_backend():
    """A missing backend is a mistake to name, not a traceback."""
    name = os.environ.get("KERAS_BACKEND", "tensorflow")
    if name not in _BACKENDS:
        raise InputError(
            f"KERAS_BACKEND: expected one of {', '.join(_BACKENDS)}, got "
            f"{name!r}"
        )
    if importlib.util.find_spec(name) is None:
        extra = "" if name == "tensorflow" else f"[{name}]"
        raise InputError(
            f"KERAS_BACKEND: expected an installed backend, got {name!r} "
            f"(pip install 'keras_attmask{extra}')"
        )
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main(arguments=None):
    """Runs one command and returns its exit status.

    0: done; 1: a check failed; 2: a mistake of the user, named in one line
    on standard error.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(_help())
        return 0
    name, *rest = arguments
    try:
        if name not in COMMANDS:
            raise InputError(
                f"COMMAND: expected one of {', '.join(COMMANDS)}, got {name!r}"
            )
        _check_backend()
        return COMMANDS[name](rest)
    except InputError as error:
        print(f"attmask: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("attmask: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
