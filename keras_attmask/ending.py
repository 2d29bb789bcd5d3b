"""How a process ends that other hosts wait for."""

import os
import sys

_awaited = False


def others_wait():
    """Other hosts take part from now on, in whatever this process does."""
    global _awaited
    _awaited = True


def is_awaited():
    """Whether other hosts take part."""
    return _awaited


def end(status):
    """Ends this process at once where others wait for it and it has failed.

    JAX would first wait for the others, while they wait for this one; when
    it is gone, they know.

    Args:
        status: exit status; 0 for a process that has done its part.

    Returns:
        `status`, where the process may end by itself.
    """
    if _awaited and status:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status
