"""Large blocks of memory in pages of megabytes instead of kilobytes.

A step compiled by XLA for a CPU asks for gigabytes of temporaries and gives
them back. In pages of 4 KiB the kernel hands them out half a million times a
step, which was a fifth of a step's time. GNU's C library asks for large pages
if told so before the process starts, and not after.
"""

import ctypes
import os
import pathlib
import sys

_SET, _GET = 41, 42  # PR_SET_THP_DISABLE and PR_GET_THP_DISABLE of Linux
_TUNABLE = "glibc.malloc.hugetlb"
_KERNEL = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")


def _are_to_be_asked_for():
    """Whether this kernel gives large pages to those that ask, alone."""
    try:
        return "[madvise]" in _KERNEL.read_text()
    except OSError:
        return False


def _library_can_ask():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        numbers = tuple(map(int, version.split(".")[:2]))
    except (AttributeError, OSError, ValueError):
        return False
    return name == "glibc" and numbers >= (2, 35)


def environment(variables):
    """What a new process needs in its environment to get large pages.

    Args:
        variables: the environment that it would have.

    Returns:
        A dict, to be added to them: empty where nothing can or need be done,
        or where the user has set this tunable, to 0 say.
    """
    tunables = variables.get("GLIBC_TUNABLES", "")
    if _TUNABLE in tunables or not _are_to_be_asked_for():
        return {}
    if not _library_can_ask():
        return {}
    parts = [part for part in (tunables, f"{_TUNABLE}=1") if part]
    return {"GLIBC_TUNABLES": ":".join(parts)}


def restart_with_huge_pages():
    """Begins this process anew, under its number, if it gains large pages.

    For the very start of a program: nothing that it did before is kept.
    """
    added = environment(os.environ)
    if not added:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    words = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, words, {**os.environ, **added})


def withhold():
    """Has this process get small pages again, for a while.

    A compiler asks for many small pieces of memory, and filling large pages
    with zeros for it takes seconds: until a step is compiled, small ones are
    better.

    Returns:
        A function without arguments that ends it. Where nothing can be
        withheld, on another system or after the user has done it, it does
        nothing.
    """

    def grant():
        control(_SET, 0, 0, 0, 0)

    try:
        control = ctypes.CDLL(None).prctl
    except (AttributeError, OSError, TypeError):
        return lambda: None
    if control(_GET, 0, 0, 0, 0) or control(_SET, 1, 0, 0, 0):
        return lambda: None
    return grant
