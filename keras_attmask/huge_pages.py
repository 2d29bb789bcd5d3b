"""Large blocks of memory in pages of megabytes instead of kilobytes.

A step compiled by XLA for a CPU asks for gigabytes of temporaries and gives
them back. In pages of 4 KiB the kernel hands them out half a million times a
step, which was a fifth of a step's time. GNU's C library asks for large pages
if told so before the process starts, and not after.
"""

import os
import pathlib
import sys

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
