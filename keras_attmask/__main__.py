"""The command line: `attmask`, or `python -m keras_attmask`."""

import difflib
import os
import sys
import traceback

from keras_attmask.commands import COMMANDS
from keras_attmask.ending import end
from keras_attmask.ending import is_awaited
from keras_attmask.errors import ExportError
from keras_attmask.errors import InputError
from keras_attmask.errors import LostHost
from keras_attmask.huge_pages import restart_with_huge_pages


def _help():
    lines = ["usage: attmask COMMAND [flags]", ""]
    lines += [f"  {c.name:12} {c.summary}" for c in COMMANDS.values()]
    lines += [
        "",
        "attmask COMMAND --help shows a command's flags. The environment",
        "variable KERAS_BACKEND chooses tensorflow (default), jax or torch.",
        "Exit status: 0 done, 1 a check or another host failed, 2 unusable",
        "input.",
    ]
    return "\n".join(lines)


def _command(name):
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(
            f"COMMAND: expected one of {', '.join(COMMANDS)}, got "
            f"{name!r}{hint}"
        )
    return COMMANDS[name]


def _run(arguments, own_process):
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        print(_help())
        return 0
    command = _command(arguments[0])
    if own_process and command.trains:
        restart_with_huge_pages()
    return command(arguments[1:])


def main(arguments=None):
    """Runs one command and returns its exit status.

    0: done; 1: a check failed, or another host of the run; 2: a mistake of
    the user, named in one line on standard error.

    Args:
        arguments: list of words; None for those of this process, which ends
            here if it has failed and other hosts wait for it.
    """
    if arguments is not None:
        return _status(arguments, False)
    try:
        return end(_status(sys.argv[1:], True))
    except Exception:
        if is_awaited():
            traceback.print_exc()
            end(1)
        raise


def _status(arguments, own_process):
    try:
        return _run(arguments, own_process)
    except InputError as error:
        print(f"attmask: error: {error}", file=sys.stderr)
        return 2
    except LostHost as error:
        print(f"attmask: error: {error}", file=sys.stderr)
        return 1
    except ExportError as error:
        print(f"attmask: failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("attmask: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
