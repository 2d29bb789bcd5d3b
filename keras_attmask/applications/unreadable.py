"""The error for a file that is not what its name says."""

from keras_attmask.errors import InputError


def unreadable(path, argument, error, expected="the weights"):
    """Makes the `InputError`, one line however long the cause is.

    Args:
        path: of the file.
        argument: what the user calls it.
        error: the exception that reading it ended in.
        expected: what of a VisionTransformer should be there.

    Returns:
        `InputError`, to be raised from `error`.
    """
    reason = " ".join(str(error).split())
    return InputError(
        f"{argument}: expected {expected} of a VisionTransformer in "
        f"{str(path)!r}, got {type(error).__name__}: {reason}"
    )
