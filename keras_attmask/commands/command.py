"""What the subcommands share: flags, help and how mistakes end."""

import dataclasses
import sys
import textwrap

from absl import flags

from keras_attmask.errors import InputError


@dataclasses.dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes:
        name: word on the command line.
        summary: one line for the list of commands.
        usage: what follows the name.
        define: adds its flags to a `flags.FlagValues`, given the arguments;
            may return the arguments that are left to parse.
        run: does the work, given the parsed flags and the words left over;
            returns an exit status.
        details: further lines of the help text.
    """

    name: str
    summary: str
    usage: str
    define: callable
    run: callable
    details: str = ""

    def __call__(self, arguments):
        """Parses `arguments` and runs; returns the exit status."""
        values = flags.FlagValues()
        if "--help" in arguments or "-h" in arguments:
            self.define(values, [])
            print(self._help(values))
            return 0
        try:
            left = self.define(values, arguments)
            left = arguments if left is None else left
            words = values([self.name, *left])[1:]
        except flags.Error as error:
            raise InputError(one_line(error)) from error
        return self.run(values, words)

    def _help(self, values):
        lines = [f"usage: attmask {self.name} {self.usage}", "", self.summary]
        if self.details:
            lines += ["", textwrap.dedent(self.details).strip()]
        lines += ["", "flags:"]
        for name in sorted(values):
            flag = values[name]
            if name != flag.name:
                continue
            lines.append(f"  --{name}")
            shown = (
                flag.default not in (None, "", False)
                and len(str(flag.default)) < 40
            )
            default = f" (default: {flag.default})" if shown else ""
            text = " ".join(flag.help.split()) + default
            lines += textwrap.wrap(
                text, 72, initial_indent=" " * 6, subsequent_indent=" " * 6
            )
        return "\n".join(lines)


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
