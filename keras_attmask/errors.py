"""The one exception that stands for a user's mistake."""


class InputError(ValueError):
    """A setting, file or argument that cannot be used as given.

    The message is one line: it names the setting, says what was expected
    and what came. The command line prints it and exits with status 2; in a
    program it is an ordinary `ValueError`.
    """
