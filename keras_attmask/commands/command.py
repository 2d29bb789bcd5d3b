"""What the subcommands share: flags, help and how mistakes end."""

import dataclasses
import difflib
import re
import sys
import textwrap

from absl import flags

from keras_attmask.commands.backend import require_backend
from keras_attmask.errors import InputError


@dataclasses.dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes:
        name: word on the command line.
        summary: one line for the list of commands.
        usage: what follows the name.
        define: adds its flags to a `flags.FlagValues`, given the arguments.
        run: does the work, given the parsed flags and the words left over;
            returns an exit status.
        details: further lines of the help text.
        loads_framework: whether `run` needs a Keras backend.
        trains: whether `run` makes training steps, which want large pages.
    """

    name: str
    summary: str
    usage: str
    define: callable
    run: callable
    details: str = ""
    loads_framework: bool = True
    trains: bool = False

    def __call__(self, arguments):
        """Parses `arguments` and runs; returns the exit status."""
        arguments = _with_underscores(list(arguments))
        values = flags.FlagValues()
        wishes_help = {"--help", "-h"} & set(arguments)
        arguments = [word for word in arguments if word not in wishes_help]
        self.define(values, arguments)
        words = self._parse(values, arguments)
        if wishes_help:
            say(self._help(values))
            return 0
        if self.loads_framework:
            require_backend()
        return self.run(values, words)

    def _parse(self, values, arguments):
        """Fills `values`; returns the words that are no flags."""
        try:
            return values([self.name, *arguments])[1:]
        except flags.UnrecognizedFlagError as error:
            known = list(values)
            near = difflib.get_close_matches(error.flagname, known, 1)
            hint = f"; did you mean --{near[0]}?" if near else ""
            raise InputError(
                f"--{error.flagname}: expected a flag of `attmask "
                f"{self.name}`, got an unknown one{hint}"
            ) from error
        except flags.Error as error:
            raise _plain(error, values) from error

    def _help(self, values):
        usage = f"attmask {self.name} {self.usage}".strip()
        lines = textwrap.wrap(
            f"usage: {usage}",
            80,
            subsequent_indent=" " * 15,
            break_on_hyphens=False,
        )
        lines += ["", self.summary]
        if self.details:
            lines += ["", textwrap.dedent(self.details).strip()]
        plain = [values[name] for name in sorted(values) if "." not in name]
        if plain:
            lines += ["", "flags (- and _ in a name are the same):"]
        for flag in plain:
            lines += _flag_help(flag)
        fields = [values[name] for name in values if "." in name]
        if fields:
            lines += ["", "fields of the recipe, as they stand:"]
        for flag in sorted(fields, key=lambda flag: flag.name):
            shown = f"--{flag.name}={_as_typed(flag.value)}"
            lines.append(f"  {shown:52} {flag.help}")
        return "\n".join(lines)


def _with_underscores(arguments):
    """`--num-neighbors=5` as `--num_neighbors=5`, up to a bare `--`."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    named = []
    for word in arguments[:end]:
        name, separator, value = word.partition("=")
        if name.startswith("--"):
            name = "--" + name[2:].replace("-", "_")
        named.append(name + separator + value)
    return [*named, *arguments[end:]]


def _plain(error, values):
    """An `InputError` for what absl says of a flag's value."""
    if isinstance(error.__context__, InputError):
        return error.__context__  # one of our own parsers has spoken
    message = one_line(error)
    wrong = re.match(r"flag --(\w+)=(.*?): ", message)
    if wrong and wrong[1] in values:
        # Of a switch absl has nothing to say.
        expected = values[wrong[1]].parser.syntactic_help or "true or false"
        return InputError(
            f"--{wrong[1]}: expected {expected}, got {wrong[2]!r}"
        )
    missing = re.match(r"Missing value for flag (\S+)", message)
    if missing:
        return InputError(f"{missing[1]}: expected a value, got nothing")
    return InputError(message)


def _flag_help(flag):
    default = flag.default
    shown = default not in (None, "", False) and len(str(default)) < 40
    text = " ".join(flag.help.split())
    text += f" (default: {_as_typed(default)})" if shown else ""
    indent = " " * 6
    body = textwrap.wrap(
        text, 78, initial_indent=indent, subsequent_indent=indent
    )
    return [f"  --{flag.name}", *body]


def _as_typed(value):
    """A value the way a command line takes it."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def one_line(error):
    """The message of an exception as one line."""
    return " ".join(str(error).split())


def require_words(words, names):
    """Refuses too few or too many words after the flags.

    Args:
        words: what was given.
        names: what was expected, in order.

    Returns:
        `words`.
    """
    if len(words) != len(names):
        expected = " ".join(names) or "no further words"
        raise InputError(
            f"arguments: expected {expected}, got {' '.join(words) or 'none'}"
        )
    return words


def say(line):
    """Prints a line for a person and sends it off at once."""
    print(line, file=sys.stdout, flush=True)


def tell(line):
    """Prints a line of what is going on, beside what is asked for."""
    print(line, file=sys.stderr, flush=True)
