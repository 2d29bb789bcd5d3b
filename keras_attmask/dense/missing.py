"""What to say where a package of the extra is not installed."""

import contextlib

from keras_attmask.errors import InputError


@contextlib.contextmanager
def needing(package):
    """Turns a failed import of a package into a line that says what to do.

    Args:
        package: as `pip` calls it.

    Raises:
        InputError: when a module is not found inside.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"detection: expected {package} to be installed (pip install "
            f"'keras_attmask[dense]'), got no module {error.name!r}"
        ) from error
