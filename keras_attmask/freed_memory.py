"""Freed memory stays with the process.

A step on a CPU allocates and frees hundreds of megabytes of temporaries. The
C library would give them back to the kernel, which makes each page anew, and
filled with zeros, for the next step: up to a quarter of the processor's time.
"""

import ctypes

# Of GNU's malloc.h. Blocks above a limit, 32 MiB at most, come from the kernel
# in any case; the heap grows by so much at once, and shrinks no more.
_SETTINGS = {
    -3: 32 << 20,  # M_MMAP_THRESHOLD
    -2: 128 << 20,  # M_TOP_PAD
    -1: (1 << 31) - 1,  # M_TRIM_THRESHOLD
}


def keep_freed_memory():
    """Has the C library keep what is freed, for the life of the process.

    The process holds on to the most that it ever needed at once.

    Returns:
        Whether this C library can: GNU's can, others are left alone.
    """
    try:
        change = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return all(change(*setting) == 1 for setting in _SETTINGS.items())
