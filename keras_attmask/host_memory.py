"""The host's memory: what is left, what a process took, and its end."""

import contextlib
import os
import resource
import signal
import sys
import threading
import time

OUT_OF_MEMORY = 77  # exit status of a process that says so
_SIGNS = (
    "out of memory",
    "resource_exhausted",
    "can't allocate memory",
    "bad_alloc",
    "oom when allocating",
)
_GROUP = "/sys/fs/cgroup/memory."


def is_lack(error):
    """Whether an exception of any framework tells of too little memory."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(s in text for s in _SIGNS)


def ran_out(status):
    """Whether an exit status is ours or the kernel's for too little memory."""
    return status in (OUT_OF_MEMORY, -signal.SIGKILL)


def available():
    """Bytes that this machine, or this container, can still hand out.

    None where the system has no `/proc/meminfo` to tell.
    """
    try:
        with open("/proc/meminfo") as file:
            rows = dict(line.split(":") for line in file)
    except OSError:
        return None
    free = int(rows["MemAvailable"].split()[0]) * 1024
    with contextlib.suppress(OSError, ValueError):  # none, or "max"
        whole, used = (
            int(open(_GROUP + name).read()) for name in ("max", "current")
        )
        free = min(free, whole - used)
    return free


def peak():
    """The most bytes that this program has held at once.

    Linux counts that of the process too, but from before it became this
    program: a small child of a large parent would seem large.
    """
    with contextlib.suppress(OSError, StopIteration):
        with open("/proc/self/status") as file:
            row = next(line for line in file if line.startswith("VmHWM:"))
        return int(row.split()[1]) * 1024
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024


def _resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def end_beyond(limit):
    """Ends this process once it holds more bytes than `limit`.

    The kernel, left to itself, would end whichever process it likes.
    """

    def watch():
        while _resident() < limit:
            time.sleep(0.05)
        os._exit(OUT_OF_MEMORY)

    threading.Thread(target=watch, daemon=True).start()
